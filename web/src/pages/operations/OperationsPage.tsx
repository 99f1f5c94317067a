/** How every service does: how far behind, what is parked, which tables are being made anew. */
import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer } from "@/api/client";
import { LOOK_EVERY_MS } from "@/api/queries";
import { useFormat } from "@/shared/format";
import { DataTable } from "@/shared/list/DataTable";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";

import { Parked } from "./Parked";
import { ReadModels } from "./ReadModels";
import { operationsOf, SERVICE_NAMES, type ServiceName } from "./services";
import { parkedIn, behindIn } from "./sums";

export default function OperationsPage() {
  const { t } = useTranslation();
  const [{ service }] = useAddress();
  const chosen = SERVICE_NAMES.find((name) => name === service);
  const states = useQueries({
    queries: SERVICE_NAMES.map((name) => ({
      queryKey: ["operations", "state", name],
      refetchInterval: LOOK_EVERY_MS,
      queryFn: () => answer(operationsOf(name).GET("/operations")),
    })),
  });
  const at = chosen ? states[SERVICE_NAMES.indexOf(chosen)] : undefined;
  return (
    <Page title={t("operations.title")} lead={t("operations.lead")}>
      <div className="stack">
        <DataTable
          label={t("operations.title")}
          rows={SERVICE_NAMES.map((name, i) => ({ name, state: states[i] }))}
          rowKey={({ name }) => name}
          columns={[
            { title: t("operations.service"), render: ({ name }) => <Link to={`?service=${name}`}>{name}</Link> },
            {
              title: t("operations.state"),
              render: ({ state }) =>
                state?.isError ? (
                  <span className="bad">{t("operations.silent")}</span>
                ) : state?.data ? (
                  <span className="good">{t("operations.answers")}</span>
                ) : (
                  "…"
                ),
            },
            {
              title: t("operations.behind"),
              number: true,
              render: ({ state }) => <Count of={state?.data && behindIn(state.data)} />,
            },
            { title: t("operations.outbox"), number: true, render: ({ state }) => <Count of={state?.data?.outbox} /> },
            {
              title: t("operations.parked"),
              number: true,
              render: ({ state }) => <Count of={state?.data && parkedIn(state.data)} alarming />,
            },
          ]}
        />
        {chosen && at ? (
          <Loaded query={at}>
            {(state) => (
              <div className="stack" key={chosen}>
                <Detail service={chosen} consumers={state.consumers} />
                <Parked service={chosen} />
                <ReadModels service={chosen} models={state.read_models} />
              </div>
            )}
          </Loaded>
        ) : (
          <p className="faint">{t("operations.choose")}</p>
        )}
      </div>
    </Page>
  );
}

function Count({ of, alarming = false }: { of: number | undefined; alarming?: boolean }) {
  const { number } = useFormat();
  if (of === undefined) return "—";
  return <span className={alarming && of > 0 ? "bad" : ""}>{number(of)}</span>;
}

interface Consumer {
  consumer: string;
  behind: number | null;
  parked: number;
}

function Detail({ service, consumers }: { service: ServiceName; consumers: Consumer[] }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <section>
      <h2>{t("operations.consumers", { service })}</h2>
      <DataTable
        label={t("operations.consumers", { service })}
        rows={consumers}
        rowKey={({ consumer }) => consumer}
        columns={[
          { title: t("operations.consumer"), render: ({ consumer }) => consumer },
          {
            title: t("operations.behind"),
            number: true,
            render: ({ behind }) => (behind === null ? "—" : number(behind)),
          },
          { title: t("operations.parked"), number: true, render: ({ parked }) => <Count of={parked} alarming /> },
        ]}
      />
    </section>
  );
}
