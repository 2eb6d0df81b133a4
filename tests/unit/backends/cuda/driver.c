/* As much of NVIDIA's driver as cuDNN wants before it makes plans: there is no device, and what it
   loads is never run. */
#include <stddef.h>

#define DONE(name) int name(void) { return 0; }
#define HANDLE(name) int name(void **p) { if (p) *p = (void *)0x1000; return 0; }

int cuInit(unsigned flags) { return 100; /* no device */ }
int cuDriverGetVersion(int *version) { *version = 12090; return 0; }
int cuDeviceGetCount(int *count) { *count = 0; return 0; }
int cuGetErrorName(int error, const char **text) { *text = "none"; return 0; }
int cuGetErrorString(int error, const char **text) { *text = "none"; return 0; }
int cuStreamGetCtx(void *stream, void **p) { *p = (void *)0x1000; return 0; }
int cuCtxGetLimit(size_t *value, int limit) { *value = 1024; return 0; }
int cuKernelGetAttribute(int *value, int which) { *value = which ? 0 : 1024; return 0; }
int cuFuncGetAttribute(int *value, int which) { *value = which ? 0 : 1024; return 0; }
int cuOccupancyMaxPotentialClusterSize(int *value) { *value = 8; return 0; }
int cuOccupancyMaxActiveClusters(int *value) { *value = 16; return 0; }
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *value) { *value = 1; return 0; }
HANDLE(cuCtxGetCurrent) HANDLE(cuCtxPopCurrent) HANDLE(cuDeviceGet) HANDLE(cuKernelGetFunction)
HANDLE(cuLibraryGetKernel) HANDLE(cuLibraryLoadData) HANDLE(cuLibraryLoadFromFile)
HANDLE(cuLinkCreate) HANDLE(cuModuleGetFunction) HANDLE(cuModuleLoadData)
HANDLE(cuModuleLoadDataEx)
DONE(cuCtxPushCurrent) DONE(cuFuncSetAttribute) DONE(cuKernelSetAttribute) DONE(cuLaunchCooperativeKernel)
DONE(cuLaunchKernel) DONE(cuLaunchKernelEx) DONE(cuLibraryUnload) DONE(cuLinkAddData)
DONE(cuLinkComplete) DONE(cuLinkDestroy) DONE(cuModuleUnload) DONE(cuTensorMapEncodeIm2col)
DONE(cuTensorMapEncodeTiled)
