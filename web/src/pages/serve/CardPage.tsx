/** The customer in front of a clerk, on one screen: who she is, what to say, what she can use, how she may be reached. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { LinkButton } from "@/shared/LinkButton";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { memberQuery, profileQuery } from "@/shared/members/queries";

import { Complaints } from "./card/Complaints";
import { Contact } from "./card/Contact";
import { Facts } from "./card/Facts";
import { Saying } from "./card/Saying";
import { Standing } from "./card/Standing";
import { Usable } from "./card/Usable";

export default function CardPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const profile = useQuery(profileQuery(id));
  const member = useQuery(memberQuery(id));
  const name = profile.isPending ? "…" : (profile.data?.name ?? t("member.nameless"));
  return (
    <Page
      title={name}
      actions={
        <>
          <LinkButton to="/serve">{t("serve.next")}</LinkButton>
          <LinkButton to={`/members/${id}`}>{t("serve.whole")}</LinkButton>
        </>
      }
    >
      <Loaded query={member} rows={6}>
        {(view) => (
          <div className="customer-card">
            <Complaints complaints={view.complaints} />
            <Standing view={view} profile={profile.data} />
            <div className="customer-card-columns">
              <div className="stack">
                <Saying suggestion={view.suggestion} />
                <Usable id={id} points={view.usable_points} />
              </div>
              <div className="stack">
                <Contact channels={view.may_contact} last={view.last_contact} />
                <Facts row={view.member} />
              </div>
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
