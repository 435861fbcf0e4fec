"""The cases of the learners whose policies make noise into actions. Every setting that enters an update is stated. A
case's seed comes from its position, so new cases follow the others.
"""

from cases import BACKUP, CLONING_HAS_NONE, EXPECTILE, HARD_COPIES, TWINS, WEIGHTS, adam
from functions import HIDDEN

OPTIMIZER = adam("policy_optimizer", 0.01, 1e-8) | {
    "policy_optimizer.decay_steps": 0,
    "policy_optimizer.weight_decay": 0.0,
}
AVERAGED = {"policy_average_rate": 0.3}
FRAME = BACKUP | OPTIMIZER | {"track_every": 1, "policy_average_rate": 1.0}


def below(prefix, settings):
    return {f"{prefix}.{name}": value for name, value in settings.items()}


def mlp(activation, normalization="none"):
    return {"network.hidden": HIDDEN, "network.activation": activation, "network.normalization": normalization}


def residual(activation="mish", width=5, blocks=2, expansion=2, dropout=0.3):
    return {
        "network.width": width,
        "network.blocks": blocks,
        "network.expansion": expansion,
        "network.dropout": dropout,
        "network.activation": activation,
    }


def time(encoding, size, layers, activation="mish"):
    return {
        "time.encoding": encoding,
        "time.size": size,
        "time.layers": layers,
        "time.activation": activation,
    }


def diffusion(schedule, steps, temperature=1.0, action_limit=1.0):
    return {
        "diffusion.schedule": schedule,
        "diffusion.steps": steps,
        "diffusion.temperature": temperature,
        "action_limit": action_limit,
    }


def flow(steps, action_limit=1.0):
    return {"flow.steps": steps, "action_limit": action_limit}


NUMBER = time("number", 4, ())  # of a single number; the size has no effect
FOURIER = time("fourier", 4, (6, 4))
SINUSOIDAL = time("sinusoidal", 6, (6, 4))

DIFFUSION = below("policy", residual() | FOURIER | diffusion("vp", 3))
FLOW = below("policy", mlp("gelu") | NUMBER | flow(3))
CRITICS = TWINS | below("critics", mlp("relu"))
CHOSEN = FRAME | CRITICS | EXPECTILE | below("value", mlp("relu"))
NORMALIZED = below("critics", mlp("gelu", "after_activation"))

DIFFUSION_QL = (
    FRAME
    | AVERAGED
    | TWINS
    | below("critics", mlp("mish"))
    | below("policy", mlp("mish") | SINUSOIDAL | diffusion("vp", 3))
    | {
        "value.samples": 1,
        "value.maximum": False,
        "value.policy_every": 1,
        "value.policy_from": 0,
        "improvement.q_weight": 1.5,
        "improvement.normalize_q": True,
        "improvement.critic": "random",
        "improvement.cloning_weight": 0.8,
    }
)
FQL = (
    FRAME
    | TWINS
    | NORMALIZED
    | below("policy", mlp("gelu"))
    | below("policy.teacher", mlp("gelu") | NUMBER | flow(3))
    | {
        "value.samples": 1,
        "value.subset": 0,
        "value.critic": "mean",
        "improvement.q_weight": 1.0,
        "improvement.normalize_q": False,
        "improvement.critic": "mean",
        "improvement.cloning_weight": 1.0,
        "improvement.distillation_weight": 1.7,
    }
)

GENERATIVE_CASES = {  # name: (algorithm, settings)
    "diffusion_bc": ("diffusion_bc", FRAME | AVERAGED | DIFFUSION | {"policy_optimizer.weight_decay": 0.3}),
    "diffusion_bc_no_dropout": (
        "diffusion_bc",
        FRAME
        | {"policy_optimizer.decay_steps": 3, "policy_optimizer.clip_norm": 0.2}
        | below("policy", residual("gelu", blocks=1, expansion=3, dropout=0.0))
        | below("policy", time("sinusoidal", 6, ()) | diffusion("cosine", 4)),
    ),
    "diffusion_bc_one_step": (
        "diffusion_bc",
        FRAME | below("policy", residual("relu", expansion=1) | time("number", 4, (4,)) | diffusion("vp", 1)),
    ),
    "flow_bc": ("flow_bc", FRAME | FLOW),
    "flow_bc_fourier": (
        "flow_bc",
        FRAME
        | AVERAGED
        | below("policy", mlp("mish", "after_activation") | time("fourier", 6, (6, 4), "gelu") | flow(3)),
    ),
    "flow_bc_sinusoidal": (
        "flow_bc",
        FRAME | below("policy", mlp("gelu", "before_activation") | time("sinusoidal", 4, (6, 4), "relu") | flow(3)),
    ),
    "idql": ("idql", CHOSEN | AVERAGED | DIFFUSION | {"policy_optimizer.weight_decay": 0.3}),
    "idql_actor_first": (
        "idql",
        CHOSEN | HARD_COPIES | DIFFUSION | {"actor_first": True, "critic_loss": "huber"},
    ),
    "ifql": ("ifql", CHOSEN | NORMALIZED | below("value", mlp("gelu", "after_activation")) | FLOW),
    "iql_diffusion": (
        "iql_diffusion",
        CHOSEN | AVERAGED | DIFFUSION | WEIGHTS | {"improvement.max_weight": 3.0, "policy_optimizer.decay_steps": 10},
    ),
    "iql_diffusion_batch_weights": (
        "iql_diffusion",
        CHOSEN
        | WEIGHTS
        | below("policy", residual(dropout=0.0) | FOURIER | diffusion("linear", 3))
        | {"improvement.limit": "batch"},
    ),
    "diffusion_ql": ("diffusion_ql", DIFFUSION_QL),
    "diffusion_ql_clipped": ("diffusion_ql", DIFFUSION_QL | {"policy_optimizer.clip_norm": 0.5}),
    "diffusion_ql_maximum": (
        "diffusion_ql",
        DIFFUSION_QL | {"critics.size": 3, "value.samples": 3, "value.maximum": True, "value.policy_every": 2},
    ),
    "diffusion_ql_minimum": (
        "diffusion_ql",
        DIFFUSION_QL
        | below("policy", time("fourier", 4, ()) | diffusion("cosine", 3, temperature=0.5, action_limit=0.8))
        | {"value.samples": 2, "value.policy_from": 2, "improvement.critic": "minimum"},
    ),
    "diffusion_ql_first": (
        "diffusion_ql",
        DIFFUSION_QL
        | HARD_COPIES
        | below("policy", mlp("relu") | NUMBER | diffusion("linear", 3, temperature=0.0))
        | {"actor_first": True, "critic_loss": "huber", "improvement.critic": "first"},
    ),
    "diffusion_ql_one_step": (
        "diffusion_ql",
        DIFFUSION_QL
        | below("policy", diffusion("linear", 1))
        | {"improvement.critic": "mean", "improvement.normalize_q": False, "improvement.q_weight": 30.0},
    ),
    "diffusion_ql_no_cloning": ("diffusion_ql", DIFFUSION_QL | {"improvement.cloning_weight": 0.0}),
    "fql": ("fql", FQL),
    "fql_minimum": (
        "fql",
        FQL
        | AVERAGED
        | below("policy.teacher", FOURIER | flow(2, action_limit=0.7))
        | {
            "value.samples": 2,
            "value.critic": "minimum",
            "improvement.critic": "minimum",
            "improvement.normalize_q": True,
            "improvement.q_weight": 1.5,
            "improvement.cloning_weight": 0.8,
        },
    ),
    "fql_random": (
        "fql",
        FQL
        | below("critics", mlp("mish"))
        | below("policy", mlp("mish", "after_activation"))
        | {
            "actor_first": True,
            "critic_loss": "huber",
            "critics.size": 3,
            "value.subset": 2,
            "value.critic": "minimum",
            "improvement.critic": "random",
            "improvement.normalize_q": True,
            "improvement.cloning_weight": 0.0,
        },
    ),
}

GENERATIVE_NO_FIELDS = {"diffusion_bc": CLONING_HAS_NONE, "flow_bc": CLONING_HAS_NONE}
