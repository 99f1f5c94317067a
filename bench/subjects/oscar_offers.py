"""django-oscar's offer applicator on our baskets: its own models, conditions, benefits and rounding.

Its offers, ranges and baskets are read before it is timed. What it asks its database again and again while it applies
them (whether a product is in a range) it asks SQLite in memory, which answers without a way to a server. What is timed
is `Applicator.apply_offers` alone.

    python -m bench.subjects.oscar_offers SECONDS FILE
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import oscar
from django.conf import settings
from oscar import defaults

from bench.subjects.calling import quantiles
from bench.subjects.telling import tell

MINOR = Decimal("0.01")


def set_up() -> None:
    """A Django project that is nothing but Oscar."""
    own = {name: getattr(defaults, name) for name in dir(defaults) if name.startswith("OSCAR_")}
    settings.configure(
        **own,
        INSTALLED_APPS=oscar.INSTALLED_APPS,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SITE_ID=1,
        STATIC_URL="/static/",
    )
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - there is no Django before `setup`

    call_command("migrate", verbosity=0)


class Shop:
    """The products, an offer on each of those that have one, and baskets."""

    def __init__(self, told: dict[str, Any]) -> None:
        from oscar.apps.offer.applicator import Applicator  # noqa: PLC0415 - models need the settings
        from oscar.core.loading import get_class, get_model  # noqa: PLC0415

        self._model, self._pieces = get_model, told["pieces"]
        self._strategy = get_class("partner.strategy", "Selector")().strategy()
        self._partner = get_model("partner", "Partner").objects.create(name="bench")
        self._kind = get_model("catalogue", "ProductClass").objects.create(name="bench", track_stock=False)
        self._products: dict[str, Any] = {}
        self._ranges: dict[str, Any] = {}
        self._applicator = Applicator()
        self._offers = [
            self._offer(product, kind, told["terms"][kind])
            for product, kind in zip(told["products"], told["kinds"], strict=True)
        ]

    def basket(self, lines: list[tuple[str, int]]) -> Any:  # noqa: ANN401 - a model of Oscar's
        """With so many pieces of each product; what a piece costs is the line's own."""
        basket = self._model("basket", "Basket").objects.create()
        basket.strategy = self._strategy
        for product, unit_minor in lines:
            record = self._model("partner", "StockRecord").objects.create(
                product=self._product(product, unit_minor),
                partner=self._partner,
                partner_sku=f"{basket.id}-{product}",
                price=unit_minor * MINOR,
                price_currency=basket.currency or "GBP",
            )
            basket.lines.create(
                product=record.product,
                stockrecord=record,
                line_reference=product,
                quantity=self._pieces,
                price_currency=record.price_currency,
                price_excl_tax=record.price,
                price_incl_tax=record.price,
            )
        return self.anew(basket)

    def anew(self, basket: Any) -> Any:  # noqa: ANN401 - as above
        """As if nothing had been applied, and with its prices looked up, which is no part of applying."""
        basket.reset_offer_applications()
        for line in basket.all_lines():
            line.purchase_info  # noqa: B018 - a property that remembers
        return basket

    def apply(self, basket: Any) -> Decimal:  # noqa: ANN401 - as above
        """What all offers save together."""
        self._applicator.apply_offers(basket, self._offers)
        return Decimal(basket.total_discount)

    def _product(self, name: str, unit_minor: int) -> Any:  # noqa: ANN401 - as above
        # Its strategy knows one price of a product, so each price is a product, and all of them are in the range.
        key = f"{name}-{unit_minor}"
        if key not in self._products:
            product = self._model("catalogue", "Product").objects.create(title=key, product_class=self._kind, upc=key)
            self._products[key] = product
            if name in self._ranges:
                self._ranges[name].add_product(product)
        return self._products[key]

    def _offer(self, name: str, kind: str, terms: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
        model = self._model
        products = model("offer", "Range").objects.create(name=name)
        self._ranges[name] = products
        condition, benefit, value = {
            "percent": (1, "Percentage", terms.get("percent")),
            "amount": (1, "Absolute", terms.get("amount_minor", 0) * MINOR),
            "buy_x_get_y": (self._pieces, "Multibuy", None),
            # Its own is the price of all pieces that meet the condition.
            "fixed_price": (self._pieces, "Fixed price", terms.get("price_minor", 0) * self._pieces * MINOR),
        }[kind]
        offer = model("offer", "ConditionalOffer").objects.create(
            name=name,
            condition=model("offer", "Condition").objects.create(range=products, type="Count", value=condition),
            benefit=model("offer", "Benefit").objects.create(
                range=None if kind == "fixed_price" else products, type=benefit, value=value and Decimal(value)
            ),
            max_basket_applications=1,
        )
        return model("offer", "ConditionalOffer").objects.select_related("condition", "benefit").get(pk=offer.pk)


def main() -> None:
    """Applies to one basket after the other until the time is over."""
    seconds, told = float(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    set_up()
    shop = Shop(told)
    baskets = [shop.basket(lines) for lines in told["baskets"]]
    for basket, saves in zip(baskets, told["saves"], strict=True):
        found = shop.apply(basket)
        if found != saves * MINOR:
            raise SystemExit(f"it saves {found}, not {saves} hundredths")
    took: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() < began + seconds:
        again = shop.anew(baskets[len(took) % len(baskets)])
        at = time.perf_counter()
        shop.apply(again)
        took.append(time.perf_counter() - at)
    tell("done", per_s=len(took) / sum(took), **quantiles(took))


if __name__ == "__main__":
    main()
