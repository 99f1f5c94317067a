import { useTranslation } from "react-i18next";

import type { Campaign } from "@/shared/campaigns/kinds";
import { useFormat } from "@/shared/format";
import { useWho } from "@/shared/useWho";
import { useWord } from "@/shared/useWord";

/** Every event of the campaign, the newest first. */
export function History({ entries }: { entries: Campaign["history"] }) {
  const { t } = useTranslation();
  const word = useWord();
  const who = useWho();
  const { time } = useFormat();
  return (
    <section className="panel">
      <h2>{t("campaigns.history")}</h2>
      <ol className="plain lines">
        {[...entries].reverse().map((entry, i) => (
          <li key={i}>
            {word("campaign_event", entry.did)}
            <span className="faint block">
              {time(entry.at)} · {who(entry.by)}
            </span>
            {entry.note ? <blockquote className="script">{entry.note}</blockquote> : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
