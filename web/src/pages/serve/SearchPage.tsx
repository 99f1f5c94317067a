/** The clerk's first page: find the customer in front of her by whatever she says or shows. */
import { SearchOutlined, UserAddOutlined } from "@ant-design/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { answer, customers } from "@/api/client";
import { useMay } from "@/app/me";
import { LinkButton } from "@/shared/LinkButton";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useSettled } from "@/shared/useSettled";

import { Found } from "./Found";

const PAUSE_MS = 120;

export default function SearchPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const text = useSettled(typed.trim(), PAUSE_MS);
  const registers = useMay("customers.customer.register");
  // The text may be a phone number: it is sent as a body and stands in no address.
  const found = useQuery({
    queryKey: ["members", "search", text],
    enabled: text !== "",
    gcTime: 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => answer(customers.POST("/searches", { body: { text, limit: 12 }, signal })),
  });
  const openFirst = () => {
    const first = found.data?.items[0];
    if (first && !found.isPlaceholderData) void navigate(`/serve/${first.customer_id}`);
  };
  return (
    <Page
      title={t("serve.title")}
      actions={
        registers ? (
          <LinkButton to="/register" icon={<UserAddOutlined aria-hidden />}>
            {t("serve.register")}
          </LinkButton>
        ) : null
      }
    >
      <search className="stack narrow">
        <Input
          size="large"
          autoFocus
          allowClear
          prefix={<SearchOutlined aria-hidden />}
          aria-label={t("serve.search")}
          placeholder={t("serve.placeholder")}
          value={typed}
          maxLength={254}
          autoComplete="off"
          enterKeyHint="search"
          onChange={(event) => setTyped(event.target.value)}
          onPressEnter={openFirst}
        />
        {text === "" ? (
          <p className="faint">{t("serve.hint")}</p>
        ) : (
          <Loaded query={found} rows={3} empty={({ items }) => items.length === 0 && t("serve.nobody")}>
            {(page) => <Found page={page} />}
          </Loaded>
        )}
      </search>
    </Page>
  );
}
