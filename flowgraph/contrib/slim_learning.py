"""`tf.contrib.slim.learning`: training with a supervisor."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.contrib import train_op as training
from flowgraph.contrib.train_op import GradsAndVars, clip_gradient_norms, multiply_gradients
from flowgraph.errors import AbortedError, OutOfRangeError
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.comparison import equal, greater_equal
from flowgraph.ops.constant import constant
from flowgraph.ops.control import group
from flowgraph.ops.division import floormod
from flowgraph.protos import RunMetadata
from flowgraph.runtime.config import RunOptions
from flowgraph.runtime.timeline import Timeline
from flowgraph.summary.merging import merge_all
from flowgraph.train.global_steps import get_or_create_global_step
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.saver import Saver
from flowgraph.train.scaffold import tables_initializer
from flowgraph.train.supervisor import Supervisor
from flowgraph.variables.collections import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)

_log = logging.getLogger("tensorflow")
_DEFAULT = 0
_POLL_SECONDS = 0.5


def add_gradients_summaries(grads_and_vars: GradsAndVars) -> list[Tensor]:
    """Make summaries of gradients: for each a histogram and its norm.

    Parameters
    ----------
    grads_and_vars : list of (gradient, variable)

    Returns
    -------
    list of Tensor

    Examples
    --------
    >>> learning, v = tf.contrib.slim.learning, tf.Variable(0.0, name="v")
    >>> [s.op.name for s in learning.add_gradients_summaries([(tf.constant(3.0), v)])]
    ['v/gradient', 'v/gradient_norm']
    """
    return training.gradient_summaries(grads_and_vars, "/")


def create_train_op(
    total_loss: Any,
    optimizer: Optimizer,
    global_step: Any = _DEFAULT,
    update_ops: Sequence[Any] | None = None,
    variables_to_train: Sequence[Any] | None = None,
    clip_gradient_norm: float = 0,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: int | None = None,
    colocate_gradients_with_ops: bool = False,
    gradient_multipliers: dict[Any, Any] | None = None,
    check_numerics: bool = True,
) -> Tensor:
    """Do what `tf.contrib.training.create_train_op` does, with common changes of gradients.

    Parameters
    ----------
    total_loss, optimizer, global_step, update_ops, variables_to_train
        As there.
    clip_gradient_norm : float
        Scale down gradients with a larger norm; 0 for not.
    summarize_gradients, gate_gradients, aggregation_method, colocate_gradients_with_ops
        As there.
    gradient_multipliers : dict, optional
        Factors of gradients, by variable or the name of its operation.
    check_numerics : bool
        As there.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> sgd = tf.train.GradientDescentOptimizer(0.25)
    >>> tf.contrib.slim.learning.create_train_op(tf.square(w), sgd, clip_gradient_norm=1.0)
    <tf.Tensor 'train_op/control_dependency:0' shape=() dtype=float32>
    """

    def transform(gradients: GradsAndVars) -> GradsAndVars:
        if gradient_multipliers:
            with name_scope("multiply_grads"):
                gradients = multiply_gradients(gradients, gradient_multipliers)
        if clip_gradient_norm > 0:
            with name_scope("clip_grads"):
                gradients = clip_gradient_norms(gradients, clip_gradient_norm)
        return gradients

    return training.create_train_op(
        total_loss,
        optimizer,
        global_step=global_step,
        update_ops=update_ops,
        variables_to_train=variables_to_train,
        transform_grads_fn=transform,
        summarize_gradients=summarize_gradients,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
        check_numerics=check_numerics,
    )


def train_step(
    sess: Any, train_op: Any, global_step: Any, train_step_kwargs: dict[str, Any]
) -> tuple[Any, Any]:
    """Make a step, log and trace it where that is asked for.

    Parameters
    ----------
    sess : Session
    train_op : Tensor
    global_step : Variable
    train_step_kwargs : dict
        Tensors ``should_stop``, ``should_log``, ``should_trace``, and ``logdir`` and
        ``summary_writer`` for traces; any may be missing.

    Returns
    -------
    tuple
        The value of `train_op`, and whether to stop.

    Raises
    ------
    ValueError
        If there is ``should_trace`` without ``logdir``.
    """
    start = time.time()
    options = metadata = None
    if "should_trace" in train_step_kwargs:
        if "logdir" not in train_step_kwargs:
            raise ValueError(
                "logdir must be present in train_step_kwargs when should_trace is present"
            )
        if sess.run(train_step_kwargs["should_trace"]):
            options, metadata = RunOptions(trace_level=RunOptions.FULL_TRACE), RunMetadata()
    loss, step = sess.run([train_op, global_step], options=options, run_metadata=metadata)
    seconds = time.time() - start
    if metadata is not None:
        path = os.path.join(train_step_kwargs["logdir"], f"tf_trace-{step:d}.json")
        _log.info("Writing trace to %s", path)
        with open(path, "w", encoding="utf-8") as file:
            file.write(Timeline(metadata.step_stats).generate_chrome_trace_format())
        if "summary_writer" in train_step_kwargs:
            writer = train_step_kwargs["summary_writer"]
            writer.add_run_metadata(metadata, f"run_metadata-{step:d}")
    if "should_log" in train_step_kwargs and sess.run(train_step_kwargs["should_log"]):
        _log.info("global step %d: loss = %.4f (%.3f sec/step)", step, loss, seconds)
    if "should_stop" in train_step_kwargs:
        return loss, sess.run(train_step_kwargs["should_stop"])
    return loss, False


def train(
    train_op: Any,
    logdir: str | None,
    train_step_fn: Callable[..., tuple[Any, Any]] = train_step,
    train_step_kwargs: Any = _DEFAULT,
    log_every_n_steps: int = 1,
    graph: Graph | None = None,
    master: str = "",
    is_chief: bool = True,
    global_step: Any = None,
    number_of_steps: int | None = None,
    init_op: Any = _DEFAULT,
    init_feed_dict: Any = None,
    local_init_op: Any = _DEFAULT,
    init_fn: Callable[[Any], Any] | None = None,
    ready_op: Any = _DEFAULT,
    summary_op: Any = _DEFAULT,
    save_summaries_secs: float = 600,
    summary_writer: Any = _DEFAULT,
    startup_delay_steps: int = 0,
    saver: Any = None,
    save_interval_secs: float = 600,
    sync_optimizer: Any = None,
    session_config: Any = None,
    session_wrapper: Callable[[Any], Any] | None = None,
    trace_every_n_steps: int | None = None,
    ignore_live_threads: bool = False,
) -> Any:
    """Train until the steps are made or the input ends, saving checkpoints and summaries.

    Parameters
    ----------
    train_op : Tensor
        Makes a step and has the loss's value; see `create_train_op`.
    logdir : str or None
        Where checkpoints and summaries go; without it nothing is saved.
    train_step_fn : callable
        Makes a step; see `train_step`.
    train_step_kwargs : dict, optional
        Its last argument.
    log_every_n_steps : int
    graph : Graph, optional
        The default graph if left out.
    master : str
        The session's target.
    is_chief : bool
        See `Supervisor`.
    global_step : Variable, optional
        The graph's if left out.
    number_of_steps : int, optional
        The value of the global step to stop at; never if left out.
    init_op, init_feed_dict, local_init_op, init_fn, ready_op, summary_op
        See `Supervisor`.
    save_summaries_secs : float
    summary_writer : FileWriter, optional
    startup_delay_steps : int
        The global step that others than the chief wait for.
    saver : Saver, optional
    save_interval_secs : float
        How often to save a checkpoint.
    sync_optimizer : None
    session_config : ConfigProto, optional
    session_wrapper : callable, optional
        From the session to the one to use.
    trace_every_n_steps : int, optional
        Write a trace every so many steps.
    ignore_live_threads : bool
        Raise no error if a thread does not end.

    Returns
    -------
    float
        The value of the last step.

    Raises
    ------
    ValueError
        If `train_op` is missing, `number_of_steps` is not positive, or something is to be
        saved without `logdir`.
    NotImplementedError
        For a `sync_optimizer`.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> sgd = tf.train.GradientDescentOptimizer(0.25)
    >>> train_op = tf.contrib.slim.learning.create_train_op(tf.square(w), sgd)
    >>> print(tf.contrib.slim.learning.train(train_op, None, number_of_steps=2))
    0.25
    """
    if train_op is None:
        raise ValueError("train_op cannot be None.")
    if logdir is None:
        given = {
            "summary_op": summary_op is not _DEFAULT,
            "saver": saver is not None,
            "trace_every_n_steps": trace_every_n_steps is not None,
        }
        for name in filter(given.get, given):
            raise ValueError(f"Cannot provide {name} because logdir=None")
    if sync_optimizer is not None:
        raise NotImplementedError("slim.learning.train with sync_optimizer")
    if number_of_steps is not None and number_of_steps <= 0:
        raise ValueError("`number_of_steps` must be either None or a positive number.")
    graph = get_default_graph() if graph is None else graph
    with graph.as_default():
        if global_step is None:
            global_step = get_or_create_global_step()
        saver = saver or Saver()
        with name_scope("init_ops"):
            if init_op is _DEFAULT:
                init_op = global_variables_initializer()
            if ready_op is _DEFAULT:
                ready_op = report_uninitialized_variables()
            if local_init_op is _DEFAULT:
                local_init_op = group(local_variables_initializer(), tables_initializer())
        if summary_op is _DEFAULT:
            summary_op = merge_all()
        if train_step_kwargs is _DEFAULT:
            trace = trace_every_n_steps if is_chief else None
            train_step_kwargs = _conditions(global_step, number_of_steps, log_every_n_steps, trace)
            if trace is not None:
                train_step_kwargs["logdir"] = logdir
    supervisor = Supervisor(
        graph=graph,
        is_chief=is_chief,
        logdir=logdir,
        init_op=init_op,
        init_feed_dict=init_feed_dict,
        local_init_op=local_init_op,
        ready_op=ready_op,
        summary_op=summary_op,
        summary_writer=summary_writer,
        global_step=global_step,
        saver=saver,
        save_summaries_secs=save_summaries_secs,
        save_model_secs=save_interval_secs,
        init_fn=init_fn,
    )
    if summary_writer is not None:
        train_step_kwargs["summary_writer"] = supervisor.summary_writer
    loss = None
    while True:
        try:
            with supervisor.managed_session(
                master, config=session_config, start_standard_services=False
            ) as sess:
                _log.info("Starting Session.")
                if session_wrapper is not None:
                    sess = session_wrapper(sess)
                if not is_chief:
                    _wait_for_step(sess, global_step, startup_delay_steps, number_of_steps)
                elif logdir:
                    supervisor.start_standard_services(sess)
                threads = supervisor.start_queue_runners(sess)
                _log.info("Starting Queues.")
                try:
                    while not supervisor.should_stop():
                        loss, stops = train_step_fn(sess, train_op, global_step, train_step_kwargs)
                        if stops:
                            _log.info("Stopping Training.")
                            supervisor.request_stop()
                except OutOfRangeError as error:
                    _log.info("Caught OutOfRangeError. Stopping Training. %s", error)
                if logdir and is_chief:
                    try:  # a thread that still saves an earlier step must not be the last to
                        supervisor.stop(threads, False, ignore_live_threads)
                    finally:
                        _log.info("Finished training! Saving model to disk.")
                        saver.save(sess, supervisor.save_path, global_step=global_step)
            return loss
        except AbortedError:
            _log.info("Retrying training!")


def _conditions(
    global_step: Any, last: int | None, log_every: int, trace_every: int | None
) -> dict[str, Any]:
    """Return the tensors that say when to stop, to log and to trace."""
    with name_scope("train_step"):
        stops = greater_equal(global_step, last) if last else constant(False)
        conditions = {"should_stop": stops}
        if log_every > 0:
            conditions["should_log"] = equal(floormod(global_step, log_every), 0)
        if trace_every is not None:
            conditions["should_trace"] = equal(floormod(global_step, trace_every), 0)
    return conditions


def _wait_for_step(sess: Any, global_step: Any, step: int, last: int | None) -> None:
    step = min(step, last or sys.maxsize)
    while step > 0 and sess.run(global_step) < step:
        _log.info("Waiting for step %d before starting training.", step)
        time.sleep(_POLL_SECONDS)
