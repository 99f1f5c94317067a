/** What may be done with the campaign as it stands, by whoever looks at it. */
import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";

import { answer, campaigns } from "@/api/client";
import { useAction } from "@/api/queries";
import { may, useMe } from "@/app/me";
import type { Campaign, Step } from "@/shared/campaigns/kinds";
import { ConfirmButton } from "@/shared/ConfirmButton";
import { useFormat } from "@/shared/format";
import { LinkButton } from "@/shared/LinkButton";
import { Trouble } from "@/shared/states/Trouble";

import { audienceQuery } from "./audience";

const NEEDS: Record<Step, string> = {
  revise: "campaigns.campaign.write",
  submit: "campaigns.campaign.write",
  approve: "campaigns.campaign.approve",
  return: "campaigns.campaign.approve",
  schedule: "campaigns.campaign.run",
  start: "campaigns.campaign.run",
  pause: "campaigns.campaign.run",
  resume: "campaigns.campaign.run",
  stop: "campaigns.campaign.stop",
};

interface Taken {
  step: Exclude<Step, "revise">;
  reason?: string;
}

export function Steps({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const me = useMe();
  const { number } = useFormat();
  const [reason, setReason] = useState("");
  const audience = useQuery(audienceQuery(campaign.campaign_id));
  const take = useAction((taken: Taken, header) => run(campaign, taken, header), { changes: ["campaigns"] });
  const steps = campaign.next_actions.filter((step) => may(me, NEEDS[step]));
  const reach = audience.data?.treated ?? audience.data?.in_segment;
  const many = reach === undefined ? "…" : number(reach);
  return (
    <>
      <Trouble error={take.error} />
      {steps.map((step) => {
        if (step === "revise") {
          return (
            <LinkButton key={step} to={`/campaigns/${campaign.campaign_id}/edit`}>
              {t("step.revise")}
            </LinkButton>
          );
        }
        if (step === "pause" || step === "resume" || step === "submit") {
          return (
            <Button
              key={step}
              type={step === "submit" ? "primary" : "default"}
              loading={take.isPending}
              onClick={() => take.mutate({ step })}
            >
              {t(`step.${step}`)}
            </Button>
          );
        }
        const asksWhy = step === "return" || step === "stop";
        return (
          <ConfirmButton
            key={step}
            action={take}
            input={{ step, ...(asksWhy ? { reason: reason.trim() } : {}) }}
            label={t(`step.${step}`)}
            title={t(`step.${step}_title`)}
            ready={step !== "return" || reason.trim() !== ""}
            button={{ type: step === "approve" ? "primary" : "default", danger: step === "stop" }}
          >
            <p>{t(`step.${step}_means`, { count: reach ?? 0, many })}</p>
            {asksWhy ? (
              <Input.TextArea
                aria-label={t("step.reason")}
                placeholder={t("step.reason")}
                maxLength={500}
                value={reason}
                onChange={({ target }) => setReason(target.value)}
              />
            ) : null}
          </ConfirmButton>
        );
      })}
    </>
  );
}

function run(campaign: Campaign, { step, reason }: Taken, header: { "idempotency-key": string }): Promise<Campaign> {
  const params = { path: { campaign_id: campaign.campaign_id }, header };
  switch (step) {
    case "submit":
      return answer(campaigns.POST("/campaigns/{campaign_id}/submission", { params }));
    case "approve":
      // What was looked at is what is approved: another version in the meantime is refused.
      return answer(
        campaigns.POST("/campaigns/{campaign_id}/approval", { params, body: { version: campaign.version } }),
      );
    case "return":
      return answer(campaigns.POST("/campaigns/{campaign_id}/return", { params, body: { reason: reason ?? "" } }));
    case "schedule":
      return answer(campaigns.POST("/campaigns/{campaign_id}/schedule", { params, body: null }));
    case "start":
      return answer(campaigns.POST("/campaigns/{campaign_id}/start", { params }));
    case "pause":
      return answer(campaigns.POST("/campaigns/{campaign_id}/pause", { params }));
    case "resume":
      return answer(campaigns.POST("/campaigns/{campaign_id}/resume", { params }));
    case "stop":
      return answer(campaigns.POST("/campaigns/{campaign_id}/stop", { params, body: { reason: reason ?? null } }));
  }
}
