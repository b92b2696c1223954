/* For wine only, whose C library ends a program that computes with complex numbers; numpy asks for these when it is
   imported. Everything else is passed on to wine's own (wine_libraries.py). Nothing of this is in what people get. */
#include <complex.h>
#include <math.h>

typedef struct { float re, im; } Single; /* as Windows hands them over */
typedef struct { double re, im; } Double;

#define PARTS(kind, Pair, Real, s) \
    Real own_creal##kind(Pair z) { return z.re; } \
    Real own_cimag##kind(Pair z) { return z.im; } \
    Real own_cabs##kind(Pair z) { return hypot##s(z.re, z.im); } \
    Real own_carg##kind(Pair z) { return atan2##s(z.im, z.re); }
#define OF_ONE(name, kind, Pair, Real, s) \
    Pair own_##name##kind(Pair z) { \
        Real _Complex r = name##s(__builtin_complex(z.re, z.im)); \
        return (Pair){__real__ r, __imag__ r}; \
    }
#define POWER(kind, Pair, Real, s) \
    Pair own_cpow##kind(Pair z, Pair p) { \
        Real _Complex r = cpow##s(__builtin_complex(z.re, z.im), __builtin_complex(p.re, p.im)); \
        return (Pair){__real__ r, __imag__ r}; \
    }
#define ALL(kind, Pair, Real, s) \
    PARTS(kind, Pair, Real, s) POWER(kind, Pair, Real, s) \
    OF_ONE(ccos, kind, Pair, Real, s) OF_ONE(ccosh, kind, Pair, Real, s) OF_ONE(cexp, kind, Pair, Real, s) \
    OF_ONE(csin, kind, Pair, Real, s) OF_ONE(csinh, kind, Pair, Real, s) OF_ONE(ctan, kind, Pair, Real, s) \
    OF_ONE(ctanh, kind, Pair, Real, s)

ALL(, Double, double, )
ALL(f, Single, float, f)
ALL(l, Double, double, ) /* long double is double there */
