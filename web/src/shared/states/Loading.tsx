import { useTranslation } from "react-i18next";

/** While the code of a page or of a part of it comes. */
export function Loading() {
  const { t } = useTranslation();
  return (
    <p className="faint" aria-busy="true">
      {t("state.loading")}
    </p>
  );
}
