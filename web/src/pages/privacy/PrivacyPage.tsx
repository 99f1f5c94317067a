/** The privacy officer's first page: find somebody, see what is kept and why she got a message, erase her. */
import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, customers } from "@/api/client";
import { useAddress } from "@/shared/useAddress";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useSettled } from "@/shared/useSettled";

import { Subject } from "./Subject";

const PAUSE_MS = 200;

export default function PrivacyPage() {
  const { t } = useTranslation();
  const [{ member }, change] = useAddress();
  const [typed, setTyped] = useState("");
  const text = useSettled(typed.trim(), PAUSE_MS);
  const found = useQuery({
    queryKey: ["members", "search", text],
    enabled: text !== "",
    gcTime: 0,
    queryFn: ({ signal }) => answer(customers.POST("/searches", { body: { text, limit: 12 }, signal })),
  });
  return (
    <Page title={t("privacy.title")} lead={t("privacy.lead")}>
      <div className="stack">
        <search className="narrow stack">
          <Input
            size="large"
            autoFocus
            allowClear
            aria-label={t("serve.search")}
            placeholder={t("serve.placeholder")}
            value={typed}
            maxLength={254}
            autoComplete="off"
            onChange={({ target }) => setTyped(target.value)}
          />
          {text === "" ? null : (
            <Loaded query={found} rows={2} empty={({ items }) => items.length === 0 && t("privacy.nobody")}>
              {({ items }) => (
                <ul className="plain lines panel">
                  {items.map(({ customer_id, name, identifiers }) => (
                    <li key={customer_id}>
                      <button
                        type="button"
                        className="link"
                        onClick={() => {
                          change({ member: customer_id });
                          setTyped("");
                        }}
                      >
                        {name ?? t("member.nameless")}
                      </button>
                      <span className="faint block">{identifiers.map(({ value }) => value).join(" · ")}</span>
                    </li>
                  ))}
                </ul>
              )}
            </Loaded>
          )}
        </search>
        {member ? <Subject key={member} id={member} /> : null}
      </div>
    </Page>
  );
}
