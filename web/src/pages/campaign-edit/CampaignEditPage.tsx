/** Drafts a campaign, or revises one: whom it is for, what they get, how long, how much at most, and what they hear. */
import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";

import { answer, campaigns, stores } from "@/api/client";
import { useAction } from "@/api/queries";
import type { Campaign } from "@/shared/campaigns/kinds";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { Loading } from "@/shared/states/Loading";

import { CampaignForm } from "./CampaignForm";
import { draftOf, enteredOf, mostUsed, type Entered } from "./draft";

const STORES = 200;

export default function CampaignEditPage() {
  const { t } = useTranslation();
  const { id } = useParams();
  const known = useQuery({
    queryKey: ["still", "campaign", id],
    enabled: id !== undefined,
    gcTime: 0,
    queryFn: () => answer(campaigns.GET("/campaigns/{campaign_id}", { params: { path: { campaign_id: id ?? "" } } })),
  });
  return (
    <Page title={id ? t("campaigns.revise") : t("campaigns.new")} lead={t("campaigns.new_lead")}>
      {id ? <Loaded query={known}>{(campaign) => <Revision campaign={campaign} />}</Loaded> : <Drafting />}
    </Page>
  );
}

function Drafting() {
  const navigate = useNavigate();
  // A page of them tells enough; without an answer the currency is typed.
  const some = useQuery({
    queryKey: ["still", "stores", "some"],
    retry: false,
    queryFn: () => answer(stores.GET("/stores", { params: { query: { limit: STORES } } })),
  });
  const save = useAction(
    (entered: Entered, header) => answer(campaigns.POST("/campaigns", { body: draftOf(entered), params: { header } })),
    { changes: ["campaigns"], done: ({ campaign_id }) => void navigate(`/campaigns/${campaign_id}`) },
  );
  return some.isPending ? <Loading /> : <CampaignForm save={save} currency={mostUsed(some.data?.items ?? [])} />;
}

function Revision({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const path = { campaign_id: campaign.campaign_id };
  const save = useAction(
    // Somebody else's revision in the meantime is not written over.
    (entered: Entered, header) =>
      answer(
        campaigns.PUT("/campaigns/{campaign_id}", {
          body: draftOf(entered),
          params: { path, header: { ...header, "if-match": String(campaign.stream_version) } },
        }),
      ),
    { changes: ["campaigns"], done: () => void navigate(`/campaigns/${campaign.campaign_id}`) },
  );
  const entered = enteredOf(campaign.definition);
  if (!entered) return <Alert type="info" showIcon title={t("campaigns.too_special")} />;
  return <CampaignForm save={save} known={entered} />;
}
