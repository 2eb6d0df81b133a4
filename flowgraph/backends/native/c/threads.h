/* A pool of threads that runs numbered tasks. The number of threads never changes a result: tasks
   are cut by shape alone, and no two tasks write the same memory. */
#ifndef FLOWGRAPH_THREADS_H
#define FLOWGRAPH_THREADS_H

typedef void (*fg_task)(void *context, long index);

/* Run task(context, i) for each i in [0, count). */
void fg_parallel(fg_task task, void *context, long count);

/* Memory of the calling thread's own, kept for the next task; aligned for vectors. */
void *fg_scratch(long bytes);

#endif
