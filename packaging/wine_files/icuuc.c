/* For wine only, which has no icuuc.dll, and Qt does not start without: every converter is "not available", as on a
   Windows whose list of them is empty. Nothing of this is in what people get. */
#define EXPORTED __declspec(dllexport)
#define NOT_FOUND 4 /* U_FILE_ACCESS_ERROR */

EXPORTED void *ucnv_open(const char *name, int *error) { *error = NOT_FOUND; return 0; }
EXPORTED void ucnv_close(void *converter) {}
EXPORTED void ucnv_reset(void *converter) {}
EXPORTED signed char ucnv_getMaxCharSize(void *converter) { return 4; }
EXPORTED const char *ucnv_getName(void *converter, int *error) { *error = NOT_FOUND; return ""; }
EXPORTED const char *ucnv_getStandardName(const char *name, const char *standard, int *error) { *error = NOT_FOUND; return 0; }
EXPORTED const char *ucnv_getAvailableName(int number) { return 0; }
EXPORTED int ucnv_countAvailable(void) { return 0; }
EXPORTED int ucnv_toUCountPending(void *converter, int *error) { return 0; }
EXPORTED int ucnv_fromUCountPending(void *converter, int *error) { return 0; }
EXPORTED void ucnv_getToUCallBack(void *converter, void **action, void **context) { *action = *context = 0; }
EXPORTED void ucnv_getFromUCallBack(void *converter, void **action, void **context) { *action = *context = 0; }
/* Without a converter nobody calls these. */
EXPORTED void ucnv_setToUCallBack(void) {}
EXPORTED void ucnv_setFromUCallBack(void) {}
EXPORTED void ucnv_cbToUWriteUChars(void) {}
EXPORTED void ucnv_cbFromUWriteUChars(void) {}
EXPORTED void ucnv_toUnicode(void) {}
EXPORTED void ucnv_fromUnicode(void) {}
EXPORTED void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
EXPORTED void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
