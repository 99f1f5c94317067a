/** Why she got this message, or did not: every decision with its rule, and what was decided by whom. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { answer, notifications } from "@/api/client";
import type { components } from "@/api/generated/notifications";
import { useFormat } from "@/shared/format";
import { sayDetail } from "@/shared/messages/sayings";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useWho } from "@/shared/useWho";
import { useWord } from "@/shared/useWord";

type Message = components["schemas"]["MessageDetail"];

export default function MessagePage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const message = useQuery({
    queryKey: ["messages", "one", id],
    queryFn: () => answer(notifications.GET("/messages/{message_id}", { params: { path: { message_id: id } } })),
  });
  return (
    <Page title={t("message.title")} lead={message.data?.template}>
      <Loaded query={message}>
        {(found) => (
          <div className="grid">
            <About message={found} />
            <Decisions message={found} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function About({ message }: { message: Message }) {
  const { t } = useTranslation();
  const word = useWord();
  const { time } = useFormat();
  return (
    <section className="panel">
      <h2>{t("message.about")}</h2>
      <dl className="facts">
        <dt>{t("messages.status")}</dt>
        <dd>
          {word("message_status", message.status)}
          {message.rule ? ` · ${word("rule", message.rule)}` : ""}
        </dd>
        <dt>{t("member.name")}</dt>
        <dd>
          <Link to={`/members/${message.customer_id}?tab=messages`}>
            {t("member.number", { id: message.customer_id.slice(-6) })}
          </Link>
        </dd>
        <dt>{t("messages.purpose")}</dt>
        <dd>{word("message_purpose", message.purpose)}</dd>
        <dt>{t("messages.channel")}</dt>
        <dd>{message.channels.map((channel) => word("channel", channel)).join(", ")}</dd>
        {message.campaign_id ? (
          <>
            <dt>{t("campaigns.one")}</dt>
            <dd>
              <Link to={`/campaigns/${message.campaign_id}`}>{t("message.to_campaign")}</Link>
            </dd>
          </>
        ) : null}
        <dt>{t("message.window")}</dt>
        <dd>
          {time(message.send_after)} – {time(message.expires_at)}
        </dd>
      </dl>
    </section>
  );
}

function Decisions({ message }: { message: Message }) {
  const { t } = useTranslation();
  const word = useWord();
  const who = useWho();
  const { time } = useFormat();
  return (
    <section className="panel">
      <h2>{t("message.decisions")}</h2>
      <ol className="plain lines">
        {message.decisions.map((decision) => (
          <li key={decision.version}>
            <strong>{word("decision", decision.decision)}</strong>
            {decision.rule ? ` · ${word("rule", decision.rule)}` : ""}
            {decision.channel ? ` · ${word("channel", decision.channel)}` : ""}
            {decision.detail ? <span className="block">{sayDetail(decision.detail, { t, word, time })}</span> : null}
            <span className="faint block">
              {time(decision.at)} · {who(decision.by)}
              {decision.until ? ` · ${t("serve.until", { when: time(decision.until) })}` : ""}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
