/** Erases one person for good. Says what that touches, and takes the word for it typed, not clicked. */
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, customers } from "@/api/client";
import { useAction } from "@/api/queries";
import { ConfirmButton } from "@/shared/ConfirmButton";
import { useFormat } from "@/shared/format";

interface Props {
  id: string;
  identifiers: number;
  consents: number;
  points: number;
}

export function Erase({ id, identifiers, consents, points }: Props) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const [typed, setTyped] = useState("");
  const erase = useAction(
    (customerId: string, header) =>
      answer(
        customers.POST("/customers/{customer_id}/erasure", { params: { path: { customer_id: customerId }, header } }),
      ),
    { changes: ["members", "messages"] },
  );
  const ending = id.slice(-6);
  return (
    <ConfirmButton
      action={erase}
      input={id}
      label={t("erase.go")}
      title={t("erase.title")}
      ready={typed.trim() === ending}
      button={{ danger: true }}
    >
      <p>{t("erase.means")}</p>
      <ul>
        <li>{t("erase.vault", { count: identifiers })}</li>
        <li>{t("erase.consents", { count: consents })}</li>
        <li>{t("erase.points", { count: points, points: number(points) })}</li>
        <li>{t("erase.services")}</li>
      </ul>
      <p>{t("erase.type", { ending })}</p>
      <Input
        aria-label={t("erase.type", { ending })}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        maxLength={6}
        autoComplete="off"
      />
    </ConfirmButton>
  );
}
