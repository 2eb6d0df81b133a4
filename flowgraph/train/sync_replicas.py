"""``SyncReplicasOptimizer``: gradients of several replicas make one step."""

from __future__ import annotations

import logging
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, control_dependencies, device, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.accumulator import ConditionalAccumulator, SparseConditionalAccumulator
from flowgraph.ops.control import group, no_op
from flowgraph.ops.filling import fill
from flowgraph.ops.queue import FIFOQueue
from flowgraph.train.moving_averages import ExponentialMovingAverage
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.queue_runners import QueueRunner
from flowgraph.train.session_manager import lacks
from flowgraph.train.session_run_hook import SessionRunHook
from flowgraph.variables.assign import assign
from flowgraph.variables.collections import global_variables, report_uninitialized_variables
from flowgraph.variables.variable import Variable


class SyncReplicasOptimizer(Optimizer):
    """Averages the gradients of several replicas, and lets another optimizer apply the average.

    A replica's step adds its gradients and waits for a token, which holds the time step it
    goes on with. The chief's queue runner takes the averages when there are enough, applies
    them and hands out tokens. Gradients of earlier time steps are dropped. The replicas are
    the threads of one process that run the step in one session.

    Parameters
    ----------
    opt : Optimizer
        Computes and applies gradients.
    replicas_to_aggregate : int
        How many gradients make a step.
    total_num_replicas : int, optional
        How many replicas there are; `replicas_to_aggregate` if left out. With fewer, one
        replica adds several gradients to a step.
    variable_averages : ExponentialMovingAverage, optional
        Is updated after each step.
    variables_to_average : list of Variable, optional
        What `variable_averages` averages.
    use_locking : bool
        As for `Optimizer`.
    name : str

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step_count = tf.train.get_or_create_global_step()
    >>> optimizer = tf.train.SyncReplicasOptimizer(
    ...     tf.train.GradientDescentOptimizer(0.25), replicas_to_aggregate=1
    ... )
    >>> step = optimizer.minimize(tf.square(w), step_count)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(optimizer.chief_init_op)
    ...     coord = tf.train.Coordinator()
    ...     runner = optimizer.get_chief_queue_runner()
    ...     threads = runner.create_threads(sess, coord, daemon=True, start=True)
    ...     print(sess.run(step), sess.run(w))
    1 0.5
    """

    def __init__(
        self,
        opt: Optimizer,
        replicas_to_aggregate: int,
        total_num_replicas: int | None = None,
        variable_averages: ExponentialMovingAverage | None = None,
        variables_to_average: Any = None,
        use_locking: bool = False,
        name: str = "sync_replicas",
    ) -> None:
        super().__init__(use_locking, name)
        if total_num_replicas is None:
            total_num_replicas = replicas_to_aggregate
        logging.getLogger("tensorflow").info(
            "SyncReplicasV2: replicas_to_aggregate=%s; total_num_replicas=%s",
            replicas_to_aggregate,
            total_num_replicas,
        )
        self._opt = opt
        self._replicas_to_aggregate = replicas_to_aggregate
        self._total_num_replicas = total_num_replicas
        self._variable_averages = variable_averages
        self._variables_to_average = variables_to_average
        self._global_step: Any = None
        self._tokens: Any = None
        self._chief_queue_runner: QueueRunner | None = None
        self.chief_init_op: Operation
        """Initializes the chief's part, once there is `apply_gradients`."""
        self.local_step_init_op: Tensor
        """Initializes a replica's part."""
        self.ready_for_local_init_op: Tensor
        """The names of variables that have to be initialized before."""

    def compute_gradients(self, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """Return what the wrapped optimizer's `compute_gradients` does."""
        return self._opt.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """Return a replica's step: it adds its gradients, and waits until it may go on.

        Parameters
        ----------
        grads_and_vars : list of (Tensor, IndexedSlices or None, Variable)
        global_step : Variable
            The time step, increased by one by the chief.
        name : str, optional
            Has no effect: the nodes are named after the wrapped optimizer.

        Raises
        ------
        ValueError
            If there are no variables, no `global_step`, or a gradient is of another kind.
        """
        if not grads_and_vars:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required to check staleness")
        self._global_step = global_step
        no_op()
        kind = global_step.dtype.base_dtype
        local_step = Variable(
            0,
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            dtype=kind,
            name="sync_rep_local_step",
        )
        self.local_step_init_op = assign(local_step, global_step)
        self.ready_for_local_init_op = report_uninitialized_variables(global_variables())
        with name_scope(None, self._name):
            added, taken, accumulators = self._accumulated(grads_and_vars, local_step)
            with device(global_step.device), name_scope(""):
                update = self._opt.apply_gradients(taken, global_step)
                self._tokens = _queue(-1, kind, "sync_token_q")
                # The runner closes the queue it is given, and tokens outlive it.
                closed = _queue(1, dtypes.int32, "dummy_queue")
                with control_dependencies(added):
                    token = self._tokens.dequeue()
                step = assign(local_step, token)
                with control_dependencies([update]):
                    count = max(self._total_num_replicas, self._replicas_to_aggregate)
                    sync = self._tokens.enqueue_many((fill([count], global_step),))
                if self._variable_averages is not None:
                    with control_dependencies([sync]):
                        sync = self._variable_averages.apply(self._variables_to_average)
                self._chief_queue_runner = QueueRunner(closed, [sync])
            starts: list[Any] = [self.local_step_init_op]
            for accumulator, variable in accumulators:
                with device(variable.device):
                    starts.append(accumulator.set_global_step(global_step, name="SetGlobalStep"))
            self.chief_init_op = group(*starts)
        return step

    def _accumulated(
        self, grads_and_vars: Any, local_step: Any
    ) -> tuple[list[Operation], list[tuple[Any, Any]], list[tuple[Any, Any]]]:
        """Return what adds the gradients, the averages by variable, and the accumulators."""
        added, taken, accumulators = [], [], []
        for gradient, variable in grads_and_vars:
            if gradient is None:
                taken.append((None, variable))
                continue
            shared_name = f"{variable.name}/grad_accum"
            count = self._replicas_to_aggregate
            total: Any
            with device(variable.device):
                if isinstance(gradient, Tensor):
                    shape = variable.shape
                    total = ConditionalAccumulator(gradient.dtype, shape, shared_name)
                    added.append(total.apply_grad(gradient, local_step))
                    taken.append((total.take_grad(count), variable))
                elif isinstance(gradient, IndexedSlices):
                    total = SparseConditionalAccumulator(gradient.values.dtype, (), shared_name)
                    added.append(total.apply_indexed_slices_grad(gradient, local_step))
                    taken.append((total.take_indexed_slices_grad(count), variable))
                else:
                    raise ValueError("Unknown grad type!")
            accumulators.append((total, variable))
        return added, taken, accumulators

    def get_chief_queue_runner(self) -> QueueRunner:
        """Return the queue runner that takes averages, applies them and hands out tokens.

        Raises
        ------
        ValueError
            Before `apply_gradients`.
        """
        if self._chief_queue_runner is None:
            raise ValueError("Should be called after apply_gradients().")
        return self._chief_queue_runner

    def get_init_tokens_op(self, num_tokens: int = -1) -> Operation:
        """Return an operation that hands out the tokens of the first step.

        Parameters
        ----------
        num_tokens : int
            -1 for as many as there are gradients in a step.

        Raises
        ------
        ValueError
            Before `apply_gradients`, or if the first step could not be finished with so few.
        """
        if self._tokens is None:
            raise ValueError("get_init_tokens_op() should be called after apply_gradients().")
        needed = self._replicas_to_aggregate - self._total_num_replicas
        if num_tokens == -1:
            num_tokens = self._replicas_to_aggregate
        elif num_tokens < needed:
            raise ValueError(
                f"Too few tokens to finish the first step: {num_tokens} (given) vs {needed} "
                "(needed)"
            )
        if num_tokens <= 0:
            return no_op(name="no_init_tokens")
        with device(self._global_step.device), name_scope(""):
            tokens = fill([num_tokens], self._global_step)
            operation: Operation = self._tokens.enqueue_many((tokens,))
            return operation

    def make_session_run_hook(self, is_chief: bool, num_tokens: int = -1) -> SessionRunHook:
        """Return a hook that initializes a replica and, for the chief, starts its runner.

        Parameters
        ----------
        is_chief : bool
        num_tokens : int
            As for `get_init_tokens_op`.
        """
        return _Hook(self, is_chief, num_tokens)

    def get_slot(self, *args: Any, **kwargs: Any) -> Variable | None:
        """Return a slot of the wrapped optimizer."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> list[str]:
        """Return the names of the wrapped optimizer's slots."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self) -> list[Variable]:
        """Return the wrapped optimizer's variables."""
        return self._opt.variables()


def _queue(capacity: int, kind: Any, name: str) -> FIFOQueue:
    return FIFOQueue(capacity, kind, shapes=((),), shared_name=name, name=name)


class _Hook(SessionRunHook):
    """Initializes a replica when the session is made."""

    def __init__(self, optimizer: SyncReplicasOptimizer, is_chief: bool, num_tokens: int) -> None:
        self._optimizer = optimizer
        self._is_chief = is_chief
        self._num_tokens = num_tokens
        self._runner: QueueRunner | None = None
        self._tokens: Operation | None = None
        self._init: Any = None

    def begin(self) -> None:
        optimizer = self._optimizer
        if optimizer._chief_queue_runner is None:
            raise ValueError(
                "SyncReplicasOptimizer.apply_gradient should be called before using the hook."
            )
        if self._is_chief:
            self._init = optimizer.chief_init_op
            self._runner = optimizer.get_chief_queue_runner()
            self._tokens = optimizer.get_init_tokens_op(self._num_tokens)
        else:
            self._init = optimizer.local_step_init_op

    def after_create_session(self, session: Any, coord: Any) -> None:
        failing = "Model is not ready for SyncReplicasOptimizer local init."
        missing = lacks(self._optimizer.ready_for_local_init_op, session, failing)
        if missing:
            raise RuntimeError(
                "Init operations did not make model ready for SyncReplicasOptimizer local_init. "
                f"Init op: {self._init.name}, error: {missing}"
            )
        session.run(self._init)
        if self._tokens is not None:
            session.run(self._tokens)
        if self._runner is not None:
            self._runner.create_threads(session, coord=coord, daemon=True, start=True)
