/* embed: a program that is not called Python, and is one.
 *
 *     embed ARGUMENT…                 runs Python's main, which it is linked with
 *     embed-late LIBRARY ARGUMENT…    takes it from a shared library, as plugins do (built with -DLATE) */
#ifdef LATE
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *library = argc < 2 ? NULL : dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
    int (*run)(int, char **) = library == NULL ? NULL : (int (*)(int, char **))dlsym(library, "Py_BytesMain");
    if (run == NULL) {
        fprintf(stderr, "embed-late: %s\n", argc < 2 ? "which library?" : dlerror());
        return 1;
    }
    return run(argc - 1, argv + 1);
}
#else
int Py_BytesMain(int argc, char **argv);

int main(int argc, char **argv)
{
    return Py_BytesMain(argc, argv);
}
#endif
