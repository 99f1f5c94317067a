/** A button for what cannot simply be undone: says what it will touch, and how many, before it does. */
import { Button, Modal, type ButtonProps } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Action } from "@/api/queries";

import { Trouble } from "./states/Trouble";

interface Props<Input, Output> {
  action: Action<Input, Output>;
  input: Input;
  /** On the button, and on the one that confirms. */
  label: string;
  title: string;
  /** What will be touched. */
  children: ReactNode;
  ready?: boolean;
  button?: ButtonProps;
}

export function ConfirmButton<Input, Output>({
  action,
  input,
  label,
  title,
  children,
  ready = true,
  button,
}: Props<Input, Output>) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const act = () => action.mutate(input, { onSuccess: () => setOpen(false) });
  return (
    <>
      <Button {...button} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal
        open={open}
        title={title}
        scrollLock={false}
        okText={label}
        cancelText={t("action.cancel")}
        okButtonProps={{ danger: true, disabled: !ready, loading: action.isPending }}
        onOk={act}
        onCancel={() => setOpen(false)}
        destroyOnHidden
      >
        <div className="stack">
          <div>{children}</div>
          <Trouble error={action.error} />
        </div>
      </Modal>
    </>
  );
}
