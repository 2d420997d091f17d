// Makes chosen disk operations of a process wait, for the tests: gcc -shared -fPIC -o slow-disk.so SlowDisk.c, then LD_PRELOAD.
// An operation on a path that contains "slow-OPERATION" (slow-open, slow-read, slow-fsync, slow-link, slow-rename, slow-unlink)
// waits while the file $SLOW_DISK/closed exists. Each that begins to wait appends a byte to $SLOW_DISK/waiting.
// Operations that must not wait (RESOLVE_CACHED, RWF_NOWAIT) fail with EAGAIN for each path that contains "slow-".
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    return (int)finish(raw(SYS_openat, folder, (long)name, flags, mode, 0, 0));
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
    return (int)finish(raw(SYS_renameat2, from, (long)name, to, (long)new_name, 0, 0));
}

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_MAX * 2];
    wait_if(path_at(folder, name, path), "slow-unlink");
    return (int)finish(raw(SYS_unlinkat, folder, (long)name, flags, 0, 0, 0));
}

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
