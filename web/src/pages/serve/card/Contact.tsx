import { CheckOutlined, CloseOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";
import { ChannelIcon } from "@/shared/members/ChannelIcon";
import { useWord } from "@/shared/useWord";

interface Props {
  channels: components["schemas"]["ChannelView"][];
  last: components["schemas"]["LastContactView"] | null;
}

export function Contact({ channels, last }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const { ago } = useFormat();
  const whyNot = new Set(channels.flatMap(({ why_not }) => why_not ?? []));
  return (
    <section className="panel">
      <h2>{t("serve.contact")}</h2>
      <ul className="plain row">
        {channels.map(({ channel, allowed }) => (
          <li key={channel} className={allowed ? "channel good" : "channel faint"}>
            <ChannelIcon channel={channel} /> {word("channel", channel)}{" "}
            {allowed ? (
              <CheckOutlined aria-label={t("serve.may")} />
            ) : (
              <CloseOutlined aria-label={t("serve.may_not")} />
            )}
          </li>
        ))}
      </ul>
      {[...whyNot].map((why) => (
        <p key={why} className="faint spaced">
          {word("why_not", why)}
        </p>
      ))}
      {last ? (
        <p className="faint">
          {t("serve.last_contact", { when: ago(last.at), channel: word("channel", last.channel) })}
        </p>
      ) : null}
    </section>
  );
}
