import { useTranslation } from "react-i18next";

import { useLive } from "@/api/live";

export function LiveIndicator() {
  const { t } = useTranslation();
  const state = useLive();
  return (
    <span className={`live live-${state}`} role="status" title={t(`live.${state}_why`)}>
      <span className="live-word">{t(`live.${state}`)}</span>
    </span>
  );
}
