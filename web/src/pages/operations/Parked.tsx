/** Records that could not be handled, each with why; redriving tries one and those that wait behind it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { answer } from "@/api/client";
import type { components } from "@/api/generated/stores";
import { useAction } from "@/api/queries";
import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { PagedTable } from "@/shared/list/PagedTable";
import { usePages } from "@/shared/list/usePages";
import { Trouble } from "@/shared/states/Trouble";

import { operationsOf, type ServiceName } from "./services";

type ParkedRecord = components["schemas"]["ParkedRecord"];

export function Parked({ service }: { service: ServiceName }) {
  const { t } = useTranslation();
  const { number, time } = useFormat();
  const writes = useMay("operations.write");
  const { cursor } = usePages();
  const api = operationsOf(service);
  const parked = useQuery({
    queryKey: ["operations", "parked", service, cursor],
    placeholderData: keepPreviousData,
    queryFn: () =>
      answer(
        api.GET("/operations/parked", {
          params: { query: { queue: "consumers", cursor: cursor ? Number(cursor) : undefined, limit: 30 } },
        }),
      ),
  });
  const redrive = useAction(
    ({ consumer, parked_id }: ParkedRecord, header) =>
      answer(api.POST("/operations/parked/redrive", { body: { consumer, parked_id }, params: { header } })),
    { changes: ["operations"] },
  );
  return (
    <section className="stack">
      <h2>{t("operations.parked_of", { service })}</h2>
      <Trouble error={redrive.error} />
      {redrive.data ? (
        <p role="status">
          {t("operations.redriven", { handled: number(redrive.data.handled), left: number(redrive.data.still_parked) })}
        </p>
      ) : null}
      <PagedTable<ParkedRecord>
        label={t("operations.parked_of", { service })}
        query={parked}
        rowKey={({ parked_id }) => String(parked_id)}
        empty={t("operations.none_parked")}
        columns={[
          { title: t("operations.consumer"), render: ({ consumer }) => consumer },
          {
            title: t("operations.record"),
            render: ({ topic, partition, offset }) => `${topic} ${partition ?? ""}/${offset ?? ""}`,
          },
          {
            title: t("operations.why"),
            render: ({ reason, detail, waits_behind }) =>
              waits_behind ? t("operations.waits") : `${reason}: ${detail}`,
          },
          { title: t("operations.since"), render: ({ parked_at }) => time(parked_at) },
          {
            title: t("operations.mend"),
            render: (record) =>
              writes && !record.waits_behind ? (
                <Button loading={redrive.isPending} onClick={() => redrive.mutate(record)}>
                  {t("operations.redrive")}
                </Button>
              ) : (
                "—"
              ),
          },
        ]}
      />
    </section>
  );
}
