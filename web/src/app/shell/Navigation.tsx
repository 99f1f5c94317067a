import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import { session } from "@/api/session";
import { useWord } from "@/shared/useWord";

import { may, type Me } from "../me";
import { PLACES, placeOf } from "../places";

interface Props {
  me: Me;
  onGone: () => void;
}

export function Navigation({ me, onGone }: Props) {
  const { t } = useTranslation();
  const here = placeOf(useLocation().pathname);
  return (
    <>
      <nav aria-label={t("shell.navigation")}>
        <ul className="plain">
          {PLACES.filter(({ needs }) => may(me, needs)).map(({ path, name, Icon }) => (
            <li key={path}>
              <Link
                className="place"
                to={path}
                onClick={onGone}
                aria-current={here?.path === path ? "page" : undefined}
              >
                <Icon aria-hidden />
                {t(`place.${name}`)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <SignedIn me={me} />
    </>
  );
}

function SignedIn({ me }: { me: Me }) {
  const { t } = useTranslation();
  const word = useWord();
  const where = me.stores?.length ? t("shell.stores", { stores: me.stores.join(", ") }) : t("shell.whole_chain");
  return (
    <section className="signed-in" aria-label={t("shell.account")}>
      <strong>{me.roles.map((role) => word("role", role)).join(", ")}</strong>
      <span className="faint">{me.partner ?? where}</span>
      <button type="button" className="link" onClick={() => session.end()}>
        {t("shell.sign_out")}
      </button>
    </section>
  );
}
