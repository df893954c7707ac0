"""The planted bugs, by what they would do to a patient."""

from mutants import answers, outcomes, sending, times, watching, workers
from mutants.mutation import Mutation

MUTATIONS: tuple[Mutation, ...] = (
    *sending.MUTATIONS,
    *outcomes.MUTATIONS,
    *answers.MUTATIONS,
    *times.MUTATIONS,
    *workers.MUTATIONS,
    *watching.MUTATIONS,
)
