import { Button, Form, Input } from "antd";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { access, answer } from "@/api/client";
import { session } from "@/api/session";
import { Trouble } from "@/shared/states/Trouble";

interface Credentials {
  username: string;
  password: string;
}

export function SignInForm() {
  const { t } = useTranslation();
  const signIn = useMutation({
    mutationFn: (body: Credentials) => answer(access.POST("/sign-in", { body })),
    onSuccess: (signedIn) => session.begin(signedIn.access_token),
  });
  return (
    <Form<Credentials> layout="vertical" size="large" requiredMark={false} onFinish={(body) => signIn.mutate(body)}>
      <Form.Item
        name="username"
        label={t("sign_in.user")}
        rules={[{ required: true, message: t("sign_in.user_missing") }]}
      >
        <Input autoFocus autoComplete="username" maxLength={64} spellCheck={false} autoCapitalize="none" />
      </Form.Item>
      <Form.Item
        name="password"
        label={t("sign_in.password")}
        rules={[{ required: true, message: t("sign_in.password_missing") }]}
      >
        <Input.Password autoComplete="current-password" maxLength={256} />
      </Form.Item>
      <div className="stack">
        <Trouble error={signIn.error} />
        <Button type="primary" htmlType="submit" block loading={signIn.isPending}>
          {t("sign_in.go")}
        </Button>
      </div>
    </Form>
  );
}
