/** Everything about one member, each number with the events behind it. */
import { useQuery } from "@tanstack/react-query";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { useMe, may } from "@/app/me";
import { Complaints } from "@/pages/serve/card/Complaints";
import { memberQuery, profileQuery } from "@/shared/members/queries";
import { Page } from "@/shared/Page";
import { Tabs } from "@/shared/Tabs";
import { Loaded } from "@/shared/states/Loaded";
import { Loading } from "@/shared/states/Loading";
import { useAddress } from "@/shared/useAddress";

import { Figures } from "./Figures";
import { Reveal } from "@/shared/members/Reveal";
import { TABS } from "./tabs";

export default function MemberPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const me = useMe();
  const [{ tab }] = useAddress();
  const member = useQuery(memberQuery(id));
  const profile = useQuery({ ...profileQuery(id), enabled: may(me, "customers.profile.read") });
  const tabs = TABS.filter(({ needs }) => may(me, needs));
  const current = tabs.find(({ key }) => key === tab) ?? tabs[0];
  return (
    <Page
      title={profile.data?.name ?? t("member.number", { id: id.slice(-6) })}
      lead={<code>{id}</code>}
      actions={may(me, "customers.profile.unmask") ? <Reveal id={id} /> : null}
    >
      <Loaded query={member}>
        {(view) => (
          <div className="stack">
            <Complaints complaints={view.complaints} />
            <Figures view={view} profile={profile.data} />
            <section className="panel stack">
              <Tabs
                label={t("member.parts")}
                parts={tabs.map(({ key }) => ({ key, name: t(`member.tab.${key}`) }))}
                current={current?.key ?? ""}
              />
              <Suspense fallback={<Loading />}>{current ? <current.Tab key={current.key} id={id} /> : null}</Suspense>
            </section>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
