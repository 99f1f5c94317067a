import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/console";
import { useTold } from "@/i18n/useLanguage";

export function Saying({ suggestion }: { suggestion: components["schemas"]["SuggestionView"] | null }) {
  const { t } = useTranslation();
  const told = useTold();
  return (
    <section className="panel saying">
      <h2>{t("serve.say")}</h2>
      {suggestion ? (
        <>
          <p className="saying-words">{told(suggestion.say)}</p>
          <p className="faint">{t("serve.because", { why: told(suggestion.why) })}</p>
        </>
      ) : (
        <p className="faint">{t("serve.nothing_to_say")}</p>
      )}
    </section>
  );
}
