// Loads a library (its path is the first argument) whose constructor calls back: ld.so holds its locks then.
// Others want them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int callbacks, failures;

__attribute__((noinline)) void visit(void) { __asm__ volatile(""); }

static int count_module(struct dl_phdr_info *info, size_t size, void *count) {
    (void)info;
    (void)size;
    ++*(int *)count;
    return 0;
}

// Called by the constructor, which stands in dlopen.
void during_dlopen(void) {
    int modules = 0;
    callbacks++;
    visit();
    failures += dlopen(NULL, RTLD_NOW) == NULL;
    failures += dl_iterate_phdr(count_module, &modules) != 0 || modules < 2;
}

static void *open_too(void *path) {
    void *library = dlopen(path, RTLD_NOW);
    failures += library == NULL || dlclose(library) != 0;
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t other;
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    failures += library == NULL || callbacks != 1 || dlsym(library, "loaded") == NULL;
    failures += pthread_create(&other, NULL, open_too, argv[1]) != 0 || pthread_join(other, NULL) != 0;
    failures += dlclose(library) != 0;
    dprintf(1, "%s\n", failures == 0 ? "EXIT-SUCCESS" : "FAILED");
    return failures;
}
