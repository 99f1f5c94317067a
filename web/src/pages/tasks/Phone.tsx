/** The number of whom one is to call: under its mask until one asks, which is written down. */
import { PhoneOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { answer, customers } from "@/api/client";
import type { components } from "@/api/generated/notifications";
import { useAction } from "@/api/queries";
import { Trouble } from "@/shared/states/Trouble";

export function Phone({ task }: { task: components["schemas"]["CallTask"] }) {
  const { t } = useTranslation();
  const look = useAction(
    (purpose: typeof task.purpose, header) =>
      answer(
        customers.POST("/customers/{customer_id}/phone-views", {
          params: { path: { customer_id: task.customer_id }, header },
          body: { purpose },
        }),
      ),
    { changes: [] },
  );
  if (look.data)
    return (
      <a className="phone" href={`tel:${look.data.phone}`} aria-live="polite">
        <PhoneOutlined aria-hidden /> {look.data.phone}
      </a>
    );
  return (
    <>
      <Trouble error={look.error} />
      <Button
        icon={<PhoneOutlined aria-hidden />}
        loading={look.isPending}
        title={t("tasks.phone_why")}
        onClick={() => look.mutate(task.purpose)}
      >
        {t("tasks.phone")}
      </Button>
    </>
  );
}
