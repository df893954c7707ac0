"""Replies that are a command as a whole: texting ends or begins again, or help is asked for.

47 CFR 64.1200(a)(10): stop, quit, end, revoke, opt out, cancel and unsubscribe always end texting. Providers' lists add
STOPALL, OPTOUT, REMOVE, ARRET and TD; Spanish words and usual misspellings stand beside them. Every word of both
languages counts whatever the patient's language. START is a new consent, so it is read exactly, without misspellings.
"""

# A message that is nothing but this, once or several times.
OPT_OUT = """
stop|stop all|stopall|unsubscribe|cancel|end|quit|revoke|optout|opt out|remove|remove me|arret|no more|td
stoptextingme|stoptexts|donttextme|unsuscribirme|desinscribir|desinscribirme
stop texting|alto|parar|pare|paren|para|baja|cancelar|fin|salir|terminar|detener|no mas|no mas mensajes
nomas mensajes|cancele|cancela|stop me|stop msg|stop sms|stop text|stop messages|unsubscribe me|end texts|no texts
no messages|no text|no mensajes|alto mensajes|baja por favor|desuscribir|desuscribirme|darse de baja|darme de baja
finalizar|detenga|detengan|ya no mensajes|stpo|sotp|stopp|stp|sttop|sstop|stoop|stpp|stopo|stops|stopt|syop|srop
dtop|atop|stio|stip|tsop|ztop|stap|stob|stopit all|unsuscribe|unsubcribe|unsubscibe|unsubsribe|unsuscibe|unsubscrib
unscribe|unscubscribe|unsubcrive|cancle|cancell|qiut|quitt|edn|revok|optoput|remve|cancelr|canselar|cansela|canselen
parrar|termina|detente|deten
"""
UNSURE_OPT_OUT = """
yano|end all|im out|stop it|end this|end that|no texting
borrar|eliminar|borra|elimina|alto por favor|por favor alto|para ya|ya para
parale|parele|enough already|stop please|please stop|stop this|stop that|stop now|enough|basta|ya basta|ya no
ya no mas|no mas por favor|ya estuvo|cancel please|please cancel|cancelled|canceled|end it|quit it|no more please
stop thanks|stop thank you|arrest|suficiente|wrong number|wrong person|numero equivocado|equivocado|no gracias ya no
please end|end please|shut up|callense|callate
"""
START = "start|unstop|un stop|empezar|comenzar|iniciar"
HELP = """
help|info|ayuda|information|informacion|help please|please help|help me|help me please|please help me
ayuda por favor
"""
HELP_MORE = """
ayudame|ayudeme|ayudenme|por favor ayuda|help info|mas informacion|mas info|more info
"""
