"""How a picture of what a network wants to see is grown from noise: the settings, and the named ways."""

from dataclasses import dataclass

from deepdream.settings.table import Settings, choice, number, whole


@dataclass(frozen=True, kw_only=True)
class Portrait(Settings, group="look", basic=("method", "size", "steps", "variants", "diversity")):
    """Hold how a picture is grown from noise.

    Raises:
        RecipeError: a value has the wrong type or is outside what `Portrait.settings()` allows.
    """

    TITLE = "portrait"

    method: str = choice(
        "lucid: waves, natural colors and changing views; maco: the same, but only where waves lie may change, not how "
        "strong they are; chollet: plain steps on gray noise.",
        "lucid",
        "maco",
        "chollet",
    )
    size: int = whole(128, "Height and width in pixels.", 16, 2048, usual=(64, 512))
    steps: int = whole(0, "Steps; 0 stands for 256 with lucid and maco, 20 with chollet.", 0, 10_000, usual=(0, 512))
    vividness: float = number(1.0, "Factor on the length of a step.", 0.01, 10.0, usual=(0.2, 3.0))
    smoothness: float = number(
        1.0,
        "With waves: the power by which long ones go before short ones; 1 is the published one, more is smoother.",
        0.0,
        3.0,
        usual=(0.5, 2.0),
    )
    finest_wave: float = number(
        2.0,
        "With waves: the shortest one in pixels; 2 allows all, 3 takes out the checkered grain.",
        2.0,
        64.0,
        usual=(2.0, 6.0),
    )
    variants: int = whole(1, "How many pictures of the same are grown side by side, each from noise of its own.", 1, 8)
    diversity: float = number(
        0.0,
        "With variants: how strongly they are driven apart, by the Gram matrices of their features.",
        0.0,
        100.0,
        step=0.5,
        usual=(0.0, 10.0),
    )
    seed: int = whole(0, "The start of all randomness.", 0, 2**32 - 1, usual=(0, 9999), typed=True)

    @property
    def all_steps(self) -> int:
        """Return the number of steps, the method's own where it is not given."""
        return self.steps if self.steps > 0 else {"lucid": 256, "maco": 256, "chollet": 20}[self.method]


# "lucid", "maco" and "chollet" are the published ways; "soft" was chosen by eye on the compact network.
PORTRAIT_PRESETS = {
    "soft": Portrait(size=96, steps=96, vividness=0.5, smoothness=1.5, finest_wave=3.0),
    "lucid": Portrait(),
    "maco": Portrait(method="maco"),
    "chollet": Portrait(method="chollet"),
}
