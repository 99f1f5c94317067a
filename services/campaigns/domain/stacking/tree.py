"""The chain's rule for offers that meet in one basket: a tree over stacking groups.

A group picks among its campaigns, a branch among its children: `all` of them one after another, each on what the
earlier ones left to pay; only the `first` that applies; or only the `best`, which saves most. `"*"` stands for every
group that the tree does not name, in the order of their names. The default: if anything of the group `exclusive`
applies, nothing else does; otherwise the best of each group, all groups together.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.campaigns.domain.offers.definition import GroupName

Mode = Literal["all", "first", "best"]
REST = "*"
NODES_MAX = 200


class _Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(_Node):
    """A leaf: the campaigns of one stacking group, or of every other one (`"*"`)."""

    group: GroupName | Literal["*"]
    pick: Mode = "best"


class Branch(_Node):
    """Several groups or branches, and how many of them apply."""

    mode: Mode
    of: Annotated[tuple[Group | Branch, ...], Field(min_length=1, max_length=NODES_MAX)]


class StackingTree(_Node):
    """The whole rule."""

    root: Branch = Branch(
        mode="first",
        of=(Group(group="exclusive"), Branch(mode="all", of=(Group(group=REST),))),
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = [leaf.group for leaf in leaves(self.root)]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            msg = f"stacking group {twice[0]!r} stands twice in the tree; name each group once"
            raise ValueError(msg)
        if REST not in named:
            msg = 'no place for the groups that the tree does not name; add {"group": "*"}'
            raise ValueError(msg)
        return self


def leaves(node: Group | Branch) -> list[Group]:
    """The groups of a tree, from left to right."""
    return [node] if isinstance(node, Group) else [leaf for child in node.of for leaf in leaves(child)]


def written_out(root: Branch, groups: set[str]) -> Branch:
    """The tree with `"*"` replaced by those of `groups` that it does not name."""
    return _written_out(root, sorted(groups - {leaf.group for leaf in leaves(root)}))


def _written_out(branch: Branch, others: list[str]) -> Branch:
    children: list[Group | Branch] = []
    for child in branch.of:
        if isinstance(child, Branch):
            children.append(_written_out(child, others))
        elif child.group == REST:
            children.extend(Group(group=name, pick=child.pick) for name in others)
        else:
            children.append(child)
    return branch.model_copy(update={"of": tuple(children)})
