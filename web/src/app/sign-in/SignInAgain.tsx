/** Asks again when the sign-in has expired, in front of the page: what was typed behind it stays, and goes on. */
import { Button, Modal } from "antd";
import { useTranslation } from "react-i18next";

import { session } from "@/api/session";

import { SignInForm } from "./SignInForm";

export default function SignInAgain() {
  const { t } = useTranslation();
  return (
    <Modal open title={t("sign_in.again")} footer={null} closable={false} mask={{ closable: false }} scrollLock={false}>
      <p>{t("sign_in.again_lead")}</p>
      <SignInForm />
      <Button type="link" block className="spaced" onClick={() => session.end()}>
        {t("sign_in.leave")}
      </Button>
    </Modal>
  );
}
