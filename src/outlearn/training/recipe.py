"""How a model is fine-tuned. Everything here can move a number, so everything here is hashed."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Recipe(BaseModel):
    """Hyper-parameters of one fine-tuning run.

    Defaults follow Burns et al. 2023 where the paper states them (app. A.1: 2 epochs, batch 32); the rest
    (AdamW, schedule, clipping) is not in the paper and follows common practice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    learning_rate: Annotated[float, Field(gt=0)] | Literal["ladder"] = "ladder"
    """Peak learning rate; "ladder" is what the model's ladder recommends, and is a number before anything
    trains."""

    epochs: int = Field(default=2, ge=1)
    """Passes over the training examples, each in a new order."""

    batch_size: int = Field(default=32, ge=1)
    """Examples a step; thresholds over a batch look at all of them."""

    optimiser: Literal["adamw", "adafactor"] = "adamw"
    """AdamW keeps two numbers for every weight, Adafactor next to nothing; what is learnt differs."""

    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """Shape of the learning rate after warm-up; linear and cosine end at 0."""

    warmup_frac: float = Field(default=0.0, ge=0, lt=1)
    """Share of all steps over which the learning rate rises linearly from 0."""

    weight_decay: float = Field(default=0.0, ge=0)
    """Decoupled weight decay; biases, norms and other vectors are left out."""

    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of the read-out's units that are dropped in training, the same whatever the micro-batch."""

    ema_decay: float = Field(default=0.0, ge=0, lt=1)
    """Decay a step of the average of the weights that replaces them at the end; 0 keeps the last ones."""

    clip_norm: float = Field(default=1.0, gt=0)
    """Largest norm of a step's gradient."""

    head_init: Literal["zero", "unembedding"] = "zero"
    """The classifier's rows: zeros, or the unembedding rows of the tokens "0", "1", ... (app. A.1)."""

    max_tokens: int = Field(default=512, ge=1)
    """Longest text a model reads, in its own tokens; never more than the model's context."""

    long_texts: Literal["refuse", "cut_start"] = "refuse"
    """What happens to a longer text: an error that names it, or its start is cut, for every model of the
    experiment alike and never into its last paragraph."""

    max_answer_tokens: int = Field(default=16, ge=1)
    """Longest answer a model writes, in its own tokens; of generation tasks alone."""

    precision: Literal["float32", "bfloat16"] = "float32"
    """Arithmetic of the forward and backward pass; weights and losses stay in float32."""

    def peak(self) -> float:
        """Return the peak learning rate as a number.

        Raises:
            ValueError: If it was never resolved.
        """
        if self.learning_rate == "ladder":
            raise ValueError('learning_rate is still "ladder"; give a number, e.g. learning_rate = 1e-5')
        return self.learning_rate
