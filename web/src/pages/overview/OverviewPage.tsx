/** The chain, or one store of it, between two business dates. Every figure leads to the members or days behind it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, board } from "@/api/client";
import type { components } from "@/api/generated/console";
import { useMe } from "@/app/me";
import { Span } from "@/shared/Span";
import { spanOf } from "@/shared/spans";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";

import { ClassList } from "./ClassList";
import { HeadFigures } from "./HeadFigures";
import { HeatMap } from "./HeatMap";
import { Lifecycle } from "./Lifecycle";
import { Sales } from "./Sales";

export default function OverviewPage() {
  const { t } = useTranslation();
  const { business_today: today, stores } = useMe();
  const everywhere = stores?.length ? t("shell.stores", { stores: stores.join(", ") }) : t("shell.whole_chain");
  const [filters, change] = useAddress();
  const { store } = filters;
  const span = spanOf(filters, today);
  const overview = useQuery({
    queryKey: ["sales", "overview", span, store],
    placeholderData: keepPreviousData,
    queryFn: () => answer(board.GET("/overview", { params: { query: { ...span, store } } })),
  });
  return (
    <Page
      title={t("overview.title")}
      lead={store ? t("member.store", { store }) : everywhere}
      actions={<Span span={span} change={change} />}
    >
      <Loaded query={overview} rows={10}>
        {(view) => <Content view={view} />}
      </Loaded>
    </Page>
  );
}

function Content({ view }: { view: components["schemas"]["OverviewView"] }) {
  return (
    <div className="stack">
      <HeadFigures view={view} />
      <Sales days={view.days} />
      <div className="grid">
        <HeatMap grid={view.grid} store={view.store} />
        <Lifecycle stages={view.lifecycle} moves={view.moves} store={view.store} />
        <ClassList classes={view.classes} store={view.store} />
      </div>
    </div>
  );
}
