// Makes chosen disk operations of a process wait, for the tests: gcc -shared -fPIC -o slow-disk.so SlowDisk.c, then LD_PRELOAD.
// An operation on a path that contains "slow-OPERATION" (slow-open, slow-read, slow-fsync, slow-link, slow-rename, slow-unlink)
// waits while the file $SLOW_DISK/closed exists. Each that begins to wait appends a byte to $SLOW_DISK/waiting.
// Operations that must not wait (RESOLVE_CACHED, RWF_NOWAIT) fail with EAGAIN for each path that contains "slow-".
//
// With $SLOW_DISK_ROOT each operation that changes something below that folder, each fsync and each answer is a step:
//   create, write, cut, times, mode, fsync, rename, unlink, mkdir, rmdir and a name; answer and a status.
// Where the file $SLOW_DISK/log exists, a step is appended to it before it is done. The file $SLOW_DISK/kill has a number n: the
// process is killed before the n-th step that is no fsync, counted since that file exists. A step that is the line in $SLOW_DISK/fail fails with EIO;
// a rename that is the line in $SLOW_DISK/lie is done and then fails. A line that ends in * means all steps that begin so. The number in
// $SLOW_DISK/refuse is the error of opening a folder by the name ".". $SLOW_DISK_NO_STATX hides statx, as an old libc does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long raw(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
#if defined(__x86_64__)
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    result = x0;
#endif
    return result;
}

static long finish(long result)
{
    if (result < 0 && result > -4096)
    {
        errno = (int)-result;
        return -1;
    }
    return result;
}

static void wait_if(const char *path, const char *operation)
{
    const char *folder = getenv("SLOW_DISK");
    char name[PATH_MAX];
    if (!folder || !path || !strstr(path, operation))
        return;
    snprintf(name, sizeof name, "%s/closed", folder);
    if (raw(SYS_faccessat, AT_FDCWD, (long)name, F_OK, 0, 0, 0) != 0)
        return;
    char waiting[PATH_MAX];
    snprintf(waiting, sizeof waiting, "%s/waiting", folder);
    long log = raw(SYS_openat, AT_FDCWD, (long)waiting, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600, 0, 0);
    raw(SYS_write, log, (long)"x", 1, 0, 0, 0);
    raw(SYS_close, log, 0, 0, 0, 0, 0);
    while (raw(SYS_faccessat, AT_FDCWD, (long)name, F_OK, 0, 0, 0) == 0)
        usleep(2000);
}

// The content of a control file, without its line feed. Answers whether there is one.
static int control(const char *name, char *text, size_t size)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", getenv("SLOW_DISK"), name);
    long file = raw(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (file < 0)
        return 0;
    long length = raw(SYS_read, file, (long)text, (long)size - 1, 0, 0, 0);
    raw(SYS_close, file, 0, 0, 0, 0, 0);
    text[length < 0 ? 0 : length] = 0;
    text[strcspn(text, "\n")] = 0;
    return 1;
}

static int steps;

enum { GOES_ON, FAILS, LIES };

static int covers(const char *wanted, const char *line)
{
    size_t length = strlen(wanted);
    return length > 0 && wanted[length - 1] == '*' ? strncmp(wanted, line, length - 1) == 0 : strcmp(wanted, line) == 0;
}

static int step(const char *operation, const char *what)
{
    char line[PATH_MAX + 64], text[PATH_MAX + 64], path[PATH_MAX];
    snprintf(line, sizeof line, "%s %s", operation, what);
    if (control("log", text, sizeof text))
    {
        snprintf(path, sizeof path, "%s/log", getenv("SLOW_DISK"));
        long log = raw(SYS_openat, AT_FDCWD, (long)path, O_WRONLY | O_APPEND | O_CLOEXEC, 0, 0, 0);
        size_t length = strlen(line);
        line[length] = '\n';
        raw(SYS_write, log, (long)line, (long)length + 1, 0, 0, 0);
        raw(SYS_close, log, 0, 0, 0, 0, 0);
        line[length] = 0;
    }
    if (strcmp(operation, "fsync") != 0 && control("kill", text, sizeof text) && __sync_add_and_fetch(&steps, 1) == atoi(text))
    {
        raw(SYS_kill, getpid(), SIGKILL, 0, 0, 0, 0);
        for (;;)
            pause();
    }
    if (control("fail", text, sizeof text) && covers(text, line))
        return FAILS;
    return control("lie", text, sizeof text) && covers(text, line) ? LIES : GOES_ON;
}

// A step on a path, if it is below the root.
static int step_on(const char *operation, const char *path)
{
    const char *root = getenv("SLOW_DISK_ROOT");
    size_t length = root ? strlen(root) : 0;
    if (!root || strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != 0))
        return GOES_ON;
    return step(operation, path[length] == 0 ? "." : path + length + 1);
}

static long failure(void)
{
    errno = EIO;
    return -1;
}

static const char *path_of(int file, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    long length = raw(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, PATH_MAX - 1, 0, 0);
    path[length < 0 ? 0 : length] = 0;
    return path;
}

static const char *path_at(int folder, const char *name, char *path)
{
    if (folder == AT_FDCWD || name[0] == '/')
        return name;
    char parent[PATH_MAX];
    snprintf(path, PATH_MAX * 2, "%s/%s", path_of(folder, parent), name);
    return path;
}

long syscall(long number, ...)
{
    va_list rest;
    va_start(rest, number);
    long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
    long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
    va_end(rest);
    if (number == 437 /* openat2 */)
    {
        const uint64_t *how = (const uint64_t *)c;
        char path[PATH_MAX * 2];
        const char *name = path_at((int)a, (const char *)b, path);
        if (getenv("SLOW_DISK") && strstr(name, "slow-") && (how[2] & 0x20 /* RESOLVE_CACHED */))
        {
            errno = EAGAIN;
            return -1;
        }
        wait_if(name, "slow-open");
    }
    return finish(raw(number, a, b, c, d, e, f));
}

int openat(int folder, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    char path[PATH_MAX * 2];
    wait_if(path_at(folder, name, path), "slow-open");
    char refusal[16];
    if (getenv("SLOW_DISK_ROOT") && strcmp(name, ".") == 0 && control("refuse", refusal, sizeof refusal))
    {
        errno = atoi(refusal);
        return -1;
    }
    if ((flags & O_CREAT) && step_on("create", path_at(folder, name, path)) == FAILS)
        return (int)failure();
    return (int)finish(raw(SYS_openat, folder, (long)name, flags, mode, 0, 0));
}

int open64(const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if ((flags & O_CREAT) && step_on("create", name) == FAILS)
        return (int)failure();
    return (int)finish(raw(SYS_openat, AT_FDCWD, (long)name, flags, mode, 0, 0));
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t position)
{
    char path[PATH_MAX];
    if (step_on("write", path_of(file, path)) == FAILS)
        return failure();
    return finish(raw(SYS_pwrite64, file, (long)bytes, (long)length, position, 0, 0));
}

int ftruncate64(int file, off64_t length)
{
    char path[PATH_MAX];
    if (step_on("cut", path_of(file, path)) == FAILS)
        return (int)failure();
    return (int)finish(raw(SYS_ftruncate, file, length, 0, 0, 0, 0));
}

int futimens(int file, const struct timespec times[2])
{
    char path[PATH_MAX];
    if (step_on("times", path_of(file, path)) == FAILS)
        return (int)failure();
    return (int)finish(raw(SYS_utimensat, file, 0, (long)times, 0, 0, 0));
}

int fchmod(int file, mode_t mode)
{
    char path[PATH_MAX];
    if (step_on("mode", path_of(file, path)) == FAILS)
        return (int)failure();
    return (int)finish(raw(SYS_fchmod, file, mode, 0, 0, 0, 0));
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    char path[PATH_MAX * 2];
    if (step_on("mkdir", path_at(folder, name, path)) == FAILS)
        return (int)failure();
    return (int)finish(raw(SYS_mkdirat, folder, (long)name, mode, 0, 0, 0));
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

ssize_t send(int socket, const void *bytes, size_t length, int flags)
{
    if (getenv("SLOW_DISK_ROOT") && length > 12 && memcmp(bytes, "HTTP/1.1 ", 9) == 0)
    {
        char status[4] = { 0 };
        memcpy(status, (const char *)bytes + 9, 3);
        if (step("answer", status) == FAILS)
            return failure();
    }
    return finish(raw(SYS_sendto, socket, (long)bytes, (long)length, flags, 0, 0));
}

ssize_t pread(int file, void *bytes, size_t length, off_t position)
{
    char path[PATH_MAX];
    wait_if(path_of(file, path), "slow-read");
    return finish(raw(SYS_pread64, file, (long)bytes, (long)length, position, 0, 0));
}

ssize_t pread64(int file, void *bytes, size_t length, off64_t position) { return pread(file, bytes, length, position); }

ssize_t preadv2(int file, const struct iovec *pieces, int count, off_t position, int flags)
{
    char path[PATH_MAX];
    if (getenv("SLOW_DISK") && (flags & 8 /* RWF_NOWAIT */) && strstr(path_of(file, path), "slow-"))
    {
        errno = EAGAIN;
        return -1;
    }
    return finish(raw(SYS_preadv2, file, (long)pieces, count, position, 0, flags));
}

int fsync(int file)
{
    char path[PATH_MAX];
    wait_if(path_of(file, path), "slow-fsync");
    if (step_on("fsync", path) == FAILS)
        return (int)failure();
    return (int)finish(raw(SYS_fsync, file, 0, 0, 0, 0, 0));
}

ssize_t readlink(const char *name, char *target, size_t size)
{
    wait_if(name, "slow-link");
    return finish(raw(SYS_readlinkat, AT_FDCWD, (long)name, (long)target, (long)size, 0, 0));
}

int renameat(int from, const char *name, int to, const char *new_name)
{
    char path[PATH_MAX * 2];
    wait_if(path_at(to, new_name, path), "slow-rename");
    int outcome = step_on("rename", path_at(to, new_name, path));
    if (outcome == FAILS)
        return (int)failure();
    int result = (int)finish(raw(SYS_renameat2, from, (long)name, to, (long)new_name, 0, 0));
    return outcome == LIES ? (int)failure() : result;
}

int rename(const char *name, const char *new_name) { return renameat(AT_FDCWD, name, AT_FDCWD, new_name); }

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_MAX * 2];
    wait_if(path_at(folder, name, path), "slow-unlink");
    if (step_on(flags & AT_REMOVEDIR ? "rmdir" : "unlink", path_at(folder, name, path)) == FAILS)
        return (int)failure();
    return (int)finish(raw(SYS_unlinkat, folder, (long)name, flags, 0, 0, 0));
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

// .NET asks the C library itself for its functions, past what LD_PRELOAD puts before it.
void *dlsym(void *library, const char *name)
{
    static void *(*real)(void *, const char *);
    if (!real)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!real)
#if defined(__x86_64__)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
#else
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.17");
#endif
    if (strcmp(name, "statx") == 0 && getenv("SLOW_DISK_NO_STATX"))
        return NULL;
    if (strcmp(name, "fsync") == 0)
        return (void *)fsync;
    if (strcmp(name, "mkdirat") == 0)
        return (void *)mkdirat;
    if (strcmp(name, "fchmod") == 0)
        return (void *)fchmod;
    if (strcmp(name, "send") == 0)
        return (void *)send;
    if (strcmp(name, "syscall") == 0)
        return (void *)syscall;
    if (strcmp(name, "openat") == 0)
        return (void *)openat;
    if (strcmp(name, "preadv2") == 0)
        return (void *)preadv2;
    if (strcmp(name, "readlink") == 0)
        return (void *)readlink;
    if (strcmp(name, "renameat") == 0)
        return (void *)renameat;
    if (strcmp(name, "unlinkat") == 0)
        return (void *)unlinkat;
    return real(library, name);
}
