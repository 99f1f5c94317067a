import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Names } from "./useNames";

interface Props {
  id: string;
  names: Names;
  to?: string;
}

/** A member in a list: her name where it is known and may be seen, else the end of her id. */
export function MemberName({ id, names, to = `/members/${id}` }: Props) {
  const { t } = useTranslation();
  return <Link to={to}>{names.get(id) ?? t("member.number", { id: id.slice(-6) })}</Link>;
}
