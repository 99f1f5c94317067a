import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components } from "@/api/generated/notifications";
import { useFormat } from "@/shared/format";
import type { Column } from "@/shared/list/DataTable";
import { useWord } from "@/shared/useWord";

type Message = components["schemas"]["MessageView"];

/** What became of messages, each with the rule that decided and the way to its whole story. */
export function useMessageColumns(): Column<Message>[] {
  const { t } = useTranslation();
  const word = useWord();
  const { time } = useFormat();
  return [
    {
      title: t("messages.template"),
      render: ({ message_id, template }) => <Link to={`/messages/${message_id}`}>{template}</Link>,
    },
    { title: t("messages.purpose"), render: ({ purpose }) => word("message_purpose", purpose) },
    { title: t("messages.status"), render: ({ status }) => word("message_status", status) },
    { title: t("messages.why"), render: ({ rule }) => word("rule", rule) },
    {
      title: t("messages.channel"),
      render: ({ channel, channels }) => word("channel", channel ?? channels[0]),
    },
    { title: t("messages.changed"), render: ({ changed_at }) => time(changed_at) },
  ];
}
