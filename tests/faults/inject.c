// A library for LD_PRELOAD that makes the n-th call of one kind in a program fail, as a full disk, a bad sector or a lack
// of memory would. Calls are counted from the program's main on; files below descriptor 3 are left alone.
//
//     INJECT_COUNTS=FILE   at the program's end, writes a line `KIND COUNT` for each kind
//     INJECT_KIND=KIND     read, write, short (a write that takes half of its bytes), open, rename, sync, lock or memory
//     INJECT_AT=N          the call that fails, from 1
//     INJECT_ERROR=E       its errno, a number (5, EIO, if not given; memory: always ENOMEM)
//     INJECT_STICKY=1      all later calls of the kind fail too
//
// A program that crashes says so, and in which libraries that and the failure were, in a line on standard error:
// `crash: SIGNAL in LIBRARY, after a failure in LIBRARY`.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { READ, WRITE, SHORT, OPEN, RENAME, SYNC, LOCK, MEMORY, KINDS };
static const char* const names[KINDS] = {"read", "write", "short", "open", "rename", "sync", "lock", "memory"};

static atomic_long counts[KINDS];
static atomic_int counting;
static int failing = KINDS;
static long first = 1;
static int sticky;
static int number = EIO;

static char failed_in[64] = "nothing";

// Returns the innermost library that is neither the C nor the C++ one, nor this.
static const char* caller(void) {
  void* frames[64];
  const int count = backtrace(frames, 64);
  const char* name = "unknown";
  for (int i = 0; i < count; ++i) {
    Dl_info found;
    if (dladdr(frames[i], &found) == 0 || found.dli_fname == NULL) continue;
    const char* const slash = strrchr(found.dli_fname, '/');
    name = slash == NULL ? found.dli_fname : slash + 1;
    if (strncmp(name, "libc.", 5) != 0 && strncmp(name, "libstdc++", 9) != 0 && strncmp(name, "libgcc_s", 8) != 0 &&
        strstr(name, "inject") == NULL)
      break;
  }
  return name;
}

static int fails(enum kind kind) {
  if (!counting) return 0;
  const long n = atomic_fetch_add(&counts[kind], 1) + 1;
  if ((int)kind != failing || (sticky ? n < first : n != first)) return 0;
  if (n == first) snprintf(failed_in, sizeof failed_in, "%s", caller());
  errno = kind == MEMORY ? ENOMEM : number;
  return 1;
}

// --- the calls ----------------------------------------------------------------------------------------------------------

#define NEXT(name) \
  static __typeof__(&name) next; \
  if (next == NULL) *(void**)&next = dlsym(RTLD_NEXT, #name)

ssize_t read(int file, void* bytes, size_t size) {
  NEXT(read);
  return file > 2 && fails(READ) ? -1 : next(file, bytes, size);
}
ssize_t pread(int file, void* bytes, size_t size, off_t at) {
  NEXT(pread);
  return fails(READ) ? -1 : next(file, bytes, size, at);
}
ssize_t pread64(int file, void* bytes, size_t size, off64_t at) {
  NEXT(pread64);
  return fails(READ) ? -1 : next(file, bytes, size, at);
}

ssize_t write(int file, const void* bytes, size_t size) {
  NEXT(write);
  if (file > 2 && fails(WRITE)) return -1;
  return next(file, bytes, file > 2 && size > 1 && fails(SHORT) ? size / 2 : size);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  NEXT(pwrite);
  if (fails(WRITE)) return -1;
  return next(file, bytes, size > 1 && fails(SHORT) ? size / 2 : size, at);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  NEXT(pwrite64);
  if (fails(WRITE)) return -1;
  return next(file, bytes, size > 1 && fails(SHORT) ? size / 2 : size, at);
}
ssize_t writev(int file, const struct iovec* parts, int count) {
  NEXT(writev);
  if (file > 2 && fails(WRITE)) return -1;
  if (file > 2 && count > 0 && parts[0].iov_len > 1 && fails(SHORT))
    return write(file, parts[0].iov_base, parts[0].iov_len / 2);
  return next(file, parts, count);
}

static mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}
#define MODE(flags, mode) \
  va_list rest; \
  va_start(rest, flags); \
  const mode_t mode = mode_of(flags, rest); \
  va_end(rest)

int open(const char* path, int flags, ...) {
  NEXT(open);
  MODE(flags, mode);
  return fails(OPEN) ? -1 : next(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  NEXT(open64);
  MODE(flags, mode);
  return fails(OPEN) ? -1 : next(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  NEXT(openat);
  MODE(flags, mode);
  return fails(OPEN) ? -1 : next(folder, path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  NEXT(fopen);
  return fails(OPEN) ? NULL : next(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  NEXT(fopen64);
  return fails(OPEN) ? NULL : next(path, mode);
}

int rename(const char* from, const char* to) {
  NEXT(rename);
  return fails(RENAME) ? -1 : next(from, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  NEXT(renameat2);
  return fails(RENAME) ? -1 : next(from_folder, from, to_folder, to, flags);
}
int link(const char* from, const char* to) {
  NEXT(link);
  return fails(RENAME) ? -1 : next(from, to);
}

int fsync(int file) {
  NEXT(fsync);
  return fails(SYNC) ? -1 : next(file);
}
int fdatasync(int file) {
  NEXT(fdatasync);
  return fails(SYNC) ? -1 : next(file);
}

int flock(int file, int operation) {
  NEXT(flock);
  return fails(LOCK) ? -1 : next(file, operation);
}

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* old, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);
void* malloc(size_t size) { return fails(MEMORY) ? NULL : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return fails(MEMORY) ? NULL : __libc_calloc(count, size); }
void* realloc(void* old, size_t size) { return fails(MEMORY) ? NULL : __libc_realloc(old, size); }
void* aligned_alloc(size_t alignment, size_t size) { return fails(MEMORY) ? NULL : __libc_memalign(alignment, size); }
int posix_memalign(void** made, size_t alignment, size_t size) {
  if (fails(MEMORY)) return ENOMEM;
  *made = __libc_memalign(alignment, size);
  return *made == NULL ? ENOMEM : 0;
}

// --- the program's beginning and end --------------------------------------------------------------------------------------

static void say(int file, const char* text) { syscall(SYS_write, file, text, strlen(text)); }

static void crashed(int signal_number) {
  static char line[512];
  counting = 0;
  snprintf(line, sizeof line, "crash: %s in %s, after a failure in %s\n", strsignal(signal_number), caller(), failed_in);
  say(2, line);
  raise(signal_number);
}

static void write_counts(void) {
  const char* const path = getenv("INJECT_COUNTS");
  counting = 0;
  if (path == NULL) return;
  const int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  for (int kind = 0; kind < KINDS; ++kind) {
    char line[64];
    snprintf(line, sizeof line, "%s %ld\n", names[kind], (long)counts[kind]);
    say(file, line);
  }
  syscall(SYS_close, file);
}

static int (*program)(int, char**, char**);

static int counted(int argc, char** argv, char** environment) {
  const char* text = getenv("INJECT_KIND");
  for (int kind = 0; text != NULL && kind < KINDS; ++kind)
    if (strcmp(text, names[kind]) == 0) failing = kind;
  if ((text = getenv("INJECT_AT")) != NULL) first = atol(text);
  if ((text = getenv("INJECT_ERROR")) != NULL) number = atoi(text);
  if ((text = getenv("INJECT_STICKY")) != NULL) sticky = atoi(text);
  void* warm[1];
  backtrace(warm, 1);  // loads what it needs, which allocates
  static char own_stack[1 << 16];  // for a stack that overflows
  const stack_t stack = {.ss_sp = own_stack, .ss_size = sizeof own_stack};
  sigaltstack(&stack, NULL);
  const struct sigaction action = {.sa_handler = crashed, .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};
  const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
  for (int i = 0; i < 5; ++i) sigaction(signals[i], &action, NULL);
  atexit(write_counts);
  counting = 1;
  return program(argc, argv, environment);
}

int __libc_start_main(int (*body)(int, char**, char**), int argc, char** argv, void (*start)(void), void (*stop)(void),
                      void (*loader_stop)(void), void* stack_end) {
  NEXT(__libc_start_main);
  program = body;
  return next(counted, argc, argv, start, stop, loader_stop, stack_end);
}
