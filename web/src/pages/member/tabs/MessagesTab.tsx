import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, notifications } from "@/api/client";
import { PagedTable } from "@/shared/list/PagedTable";
import { usePages } from "@/shared/list/usePages";
import { useMessageColumns } from "@/shared/messages/columns";

export default function MessagesTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const { cursor } = usePages();
  const messages = useQuery({
    queryKey: ["messages", "of", id, cursor],
    placeholderData: keepPreviousData,
    queryFn: () =>
      answer(notifications.GET("/messages", { params: { query: { customer_id: id, cursor, limit: 30 } } })),
  });
  return (
    <PagedTable
      label={t("member.tab.messages")}
      query={messages}
      columns={useMessageColumns()}
      rowKey={({ message_id }) => message_id}
      empty={t("messages.none")}
    />
  );
}
