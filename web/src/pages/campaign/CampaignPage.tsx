/** One campaign: what it is, what may be done next, whom it reached, and what it changed. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { answer, campaigns } from "@/api/client";
import { LOOK_EVERY_MS } from "@/api/queries";
import { useMay } from "@/app/me";
import { useTold } from "@/i18n/useLanguage";
import type { Campaign } from "@/shared/campaigns/kinds";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useWord } from "@/shared/useWord";

import { Definition } from "./Definition";
import { Funnel } from "./Funnel";
import { History } from "./History";
import { Outcome } from "./Outcome";
import { Steps } from "./Steps";

export default function CampaignPage() {
  const { t } = useTranslation();
  const word = useWord();
  const told = useTold();
  const { id = "" } = useParams();
  const campaign = useQuery({
    queryKey: ["campaigns", "one", id],
    refetchInterval: LOOK_EVERY_MS,
    queryFn: () => answer(campaigns.GET("/campaigns/{campaign_id}", { params: { path: { campaign_id: id } } })),
  });
  const found = campaign.data;
  return (
    <Page
      title={found ? told(found.definition.name) : t("campaigns.one")}
      lead={found ? `${found.code} · ${word("campaign_status", found.status)}` : undefined}
      actions={found ? <Steps campaign={found} /> : null}
    >
      <Loaded query={campaign}>{(data) => <Content campaign={data} />}</Loaded>
    </Page>
  );
}

function Content({ campaign }: { campaign: Campaign }) {
  const readsResults = useMay("campaigns.results.read");
  const begun = campaign.started_at !== null;
  return (
    <div className="stack">
      {begun && readsResults ? <Outcome id={campaign.campaign_id} /> : null}
      <div className="grid">
        <Funnel id={campaign.campaign_id} begun={begun} />
        <Definition campaign={campaign} />
        <History entries={campaign.history} />
      </div>
    </div>
  );
}
