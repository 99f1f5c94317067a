/** A way to another page that looks like a button: a link, and one stop of the Tab key. */
import { Button, type ButtonProps } from "antd";
import type { MouseEvent } from "react";
import { useHref, useLinkClickHandler } from "react-router";

export function LinkButton({ to, ...look }: { to: string } & ButtonProps) {
  const go = useLinkClickHandler(to);
  return (
    <Button {...look} href={useHref(to)} onClick={(event) => go(event as unknown as MouseEvent<HTMLAnchorElement>)} />
  );
}
