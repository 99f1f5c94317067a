/** The log of messages: what was sent, what was not, and by which rule. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";

import { answer, notifications } from "@/api/client";
import type { components } from "@/api/generated/notifications";
import type { Column } from "@/shared/list/DataTable";
import { PagedTable } from "@/shared/list/PagedTable";
import { usePages } from "@/shared/list/usePages";
import { MemberName } from "@/shared/members/MemberName";
import { useNames } from "@/shared/members/useNames";
import { useMessageColumns } from "@/shared/messages/columns";
import { Page } from "@/shared/Page";
import { useAddress } from "@/shared/useAddress";
import { useWord } from "@/shared/useWord";

type Message = components["schemas"]["MessageView"];

const STATUSES: Message["status"][] = ["planned", "deferred", "attempting", "sent", "suppressed", "failed", "unknown"];

export default function MessagesPage() {
  const { t } = useTranslation();
  const word = useWord();
  const [{ status, customer, campaign }, change] = useAddress();
  const { cursor } = usePages();
  const wanted = STATUSES.find((one) => one === status);
  const messages = useQuery({
    queryKey: ["messages", "list", wanted, customer, campaign, cursor],
    placeholderData: keepPreviousData,
    queryFn: () =>
      answer(
        notifications.GET("/messages", {
          params: { query: { status: wanted, customer_id: customer, campaign_id: campaign, cursor, limit: 50 } },
        }),
      ),
  });
  const names = useNames(messages.data?.items.map(({ customer_id }) => customer_id) ?? []);
  const member: Column<Message> = {
    title: t("member.name"),
    render: ({ customer_id }) => (
      <MemberName id={customer_id} names={names} to={`/members/${customer_id}?tab=messages`} />
    ),
  };
  return (
    <Page title={t("messages.title")} lead={t("messages.lead")}>
      <div className="filters">
        <Select
          allowClear
          className="filter"
          aria-label={t("messages.status")}
          placeholder={t("messages.status")}
          value={wanted ?? null}
          onChange={(value: string | null) => change({ status: value ?? undefined })}
          options={STATUSES.map((value) => ({ value, label: word("message_status", value) }))}
        />
        {customer ? <Button onClick={() => change({ customer: undefined })}>{t("messages.of_member")} ×</Button> : null}
        {campaign ? (
          <Button onClick={() => change({ campaign: undefined })}>{t("messages.of_campaign")} ×</Button>
        ) : null}
      </div>
      <PagedTable
        label={t("messages.title")}
        query={messages}
        columns={[member, ...useMessageColumns()]}
        rowKey={({ message_id }) => message_id}
        empty={t("messages.none")}
      />
    </Page>
  );
}
