/** The tables that answer questions; each can be made anew from events beside the live one. */
import { useTranslation } from "react-i18next";

import { answer } from "@/api/client";
import type { components } from "@/api/generated/stores";
import { useAction } from "@/api/queries";
import { useMay } from "@/app/me";
import { ConfirmButton } from "@/shared/ConfirmButton";
import { useFormat } from "@/shared/format";
import { DataTable } from "@/shared/list/DataTable";
import { useWord } from "@/shared/useWord";

import { operationsOf, type ServiceName } from "./services";

export function ReadModels({
  service,
  models,
}: {
  service: ServiceName;
  models: components["schemas"]["ReadModelState"][];
}) {
  const { t } = useTranslation();
  const word = useWord();
  const { time } = useFormat();
  const writes = useMay("operations.write");
  const rebuild = useAction(
    (read_model: string, header) =>
      answer(operationsOf(service).POST("/operations/rebuilds", { body: { read_model }, params: { header } })),
    { changes: ["operations"] },
  );
  return (
    <section>
      <h2>{t("operations.models", { service })}</h2>
      <DataTable
        label={t("operations.models", { service })}
        rows={models}
        rowKey={({ read_model }) => read_model}
        columns={[
          { title: t("operations.model"), render: ({ read_model }) => read_model },
          { title: t("operations.fed_by"), render: ({ fed_by }) => fed_by },
          {
            title: t("operations.rebuilt"),
            render: ({ rebuild: how, rebuilt_at, why }) =>
              how
                ? `${word("rebuild", how)}${rebuilt_at ? ` · ${time(rebuilt_at)}` : ""}${why ? ` · ${why}` : ""}`
                : "—",
          },
          {
            title: t("operations.mend"),
            render: ({ read_model, rebuild: how }) =>
              writes && how !== "running" ? (
                <ConfirmButton
                  action={rebuild}
                  input={read_model}
                  label={t("operations.rebuild")}
                  title={t("operations.rebuild_title", { model: read_model })}
                >
                  {t("operations.rebuild_means")}
                </ConfirmButton>
              ) : (
                "—"
              ),
          },
        ]}
      />
    </section>
  );
}
