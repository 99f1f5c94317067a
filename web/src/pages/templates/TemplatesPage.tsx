/** The words of messages, by code and channel, each as a member would get it in either language. */
import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { isWhole, may, useMe } from "@/app/me";
import { useFormat } from "@/shared/format";
import { DataTable, type Column } from "@/shared/list/DataTable";
import { templatesQuery } from "@/shared/messages/queries";
import { together, WRITTEN_IN, type Wordings } from "@/shared/messages/wording";
import { LinkButton } from "@/shared/LinkButton";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";
import { useWord } from "@/shared/useWord";

import { TemplatePreview } from "./TemplatePreview";

const NEW = "/templates/edit";

export default function TemplatesPage() {
  const { t } = useTranslation();
  const me = useMe();
  const writes = may(me, "notifications.templates.write") && isWhole(me);
  const [{ search = "" }, change] = useAddress();
  const templates = useQuery(templatesQuery);
  return (
    <Page
      title={t("templates.title")}
      lead={t("templates.lead")}
      actions={
        writes ? (
          <LinkButton to={NEW} type="primary">
            {t("templates.new")}
          </LinkButton>
        ) : null
      }
    >
      <div className="filters">
        <Input
          allowClear
          className="filter"
          aria-label={t("templates.search")}
          placeholder={t("templates.search")}
          value={search}
          onChange={({ target }) => change({ search: target.value })}
        />
      </div>
      <Loaded query={templates} rows={8} empty={({ items }) => items.length === 0 && t("templates.none")}>
        {({ items }) => <List all={together(items)} search={search} writes={writes} />}
      </Loaded>
    </Page>
  );
}

function List({ all, search, writes }: { all: Wordings[]; search: string; writes: boolean }) {
  const { t } = useTranslation();
  const word = useWord();
  const { time } = useFormat();
  const [shown, show] = useState<Wordings | null>(null);
  const wanted = search.trim().toLowerCase();
  const rows = all.filter(({ code }) => code.includes(wanted));
  const columns: Column<Wordings>[] = [
    { title: t("templates.code"), render: ({ code }) => code },
    { title: t("messages.channel"), render: ({ channel }) => word("channel", channel) },
    {
      title: t("templates.language"),
      render: ({ written }) =>
        WRITTEN_IN.filter((one) => written[one])
          .map((one) => word("language", one))
          .join(", "),
    },
    {
      title: t("templates.saved"),
      render: ({ saved_at }) => (saved_at ? time(saved_at) : t("templates.built_in")),
    },
    {
      title: t("templates.preview"),
      render: (wordings) => (
        <span className="row">
          <Button onClick={() => show(wordings)}>{t("templates.look")}</Button>
          {writes ? (
            <Link to={`${NEW}?code=${wordings.code}&channel=${wordings.channel}`}>{t("templates.change")}</Link>
          ) : null}
        </span>
      ),
    },
  ];
  return (
    <>
      {shown ? <TemplatePreview wordings={shown} close={() => show(null)} /> : null}
      {rows.length ? (
        <DataTable
          label={t("templates.title")}
          rows={rows}
          rowKey={({ code, channel }) => `${code} ${channel}`}
          columns={columns}
        />
      ) : (
        <p className="faint">{t("templates.not_found", { search })}</p>
      )}
    </>
  );
}
