/** Takes the mask off, for a purpose that is written down with the name of who did it. */
import { EyeOutlined } from "@ant-design/icons";
import { Button, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, customers } from "@/api/client";
import type { components } from "@/api/generated/customers";
import { useAction } from "@/api/queries";
import { Trouble } from "@/shared/states/Trouble";
import { useWord } from "@/shared/useWord";

type Purpose = components["schemas"]["ProfileView"]["purpose"];

const PURPOSES: Purpose[] = ["member_request", "service", "complaint", "delivery", "legal", "audit"];

export function Reveal({ id }: { id: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const [open, setOpen] = useState(false);
  const [purpose, setPurpose] = useState<Purpose>("service");
  const view = useAction(
    (wanted: Purpose, header) =>
      answer(
        customers.POST("/customers/{customer_id}/profile-views", {
          params: { path: { customer_id: id }, header },
          body: { purpose: wanted },
        }),
      ),
    { changes: [] },
  );
  const close = () => {
    setOpen(false);
    // What was shown for a purpose is not kept for another.
    view.reset();
  };
  return (
    <>
      <Button icon={<EyeOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t("reveal.open")}
      </Button>
      <Modal
        open={open}
        title={t("reveal.title")}
        scrollLock={false}
        destroyOnHidden
        onCancel={close}
        cancelText={t("action.close")}
        okText={t("reveal.go")}
        okButtonProps={{ disabled: view.isSuccess, loading: view.isPending }}
        onOk={() => view.mutate(purpose)}
      >
        <div className="stack">
          <p>{t("reveal.lead")}</p>
          <Select
            aria-label={t("reveal.purpose")}
            value={purpose}
            disabled={view.isSuccess}
            onChange={setPurpose}
            options={PURPOSES.map((value) => ({ value, label: word("purpose", value) }))}
          />
          <Trouble error={view.error} />
          {view.data ? <Shown profile={view.data} /> : null}
        </div>
      </Modal>
    </>
  );
}

function Shown({ profile }: { profile: components["schemas"]["ProfileAnswer"] }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <dl className="facts" aria-live="polite">
      <dt>{t("member.name")}</dt>
      <dd>{profile.name ?? "—"}</dd>
      <dt>{t("member.birthday")}</dt>
      <dd>{profile.birthday ?? "—"}</dd>
      {profile.identifiers.map(({ kind, value }) => (
        <div key={`${kind} ${value}`} className="contents">
          <dt>{word("identifier", kind)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
