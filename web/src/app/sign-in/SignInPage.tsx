import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { queryClient } from "@/api/queries";

import { LanguageSwitch } from "../shell/LanguageSwitch";
import { SignInForm } from "./SignInForm";

export default function SignInPage() {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${t("sign_in.title")} · Regulars 熟客`;
    // What the one before saw is not for the next.
    queryClient.clear();
  }, [t]);
  return (
    <main className="sign-in">
      <section className="sign-in-card">
        <div className="between">
          <p className="brand">
            Regulars <span lang="zh-CN">熟客</span>
          </p>
          <LanguageSwitch />
        </div>
        <h1>{t("sign_in.title")}</h1>
        <p className="faint">{t("sign_in.lead")}</p>
        <SignInForm />
      </section>
    </main>
  );
}
