"""Wording about messages and medicines in a reply, in English and Spanish: groups of words, and phrases made of them.

47 CFR 64.1200(a)(10): besides its seven words, any wording that a reasonable person would read as "no more" ends
texting, whatever the language. "Stop" is also the word for a medicine: what stands under ASKED and CLINICAL is not
about texting. Written without accents, apostrophes and case; how a phrase is written, `matching.Phrases` says.
"""

GROUPS = """
halt: stop stopp stpo quit cease end cancel cancle discontinue deje dejen deja dejar dejes pare paren parar cancele
halt: cancelen cancelar cancela suspenda suspendan suspender detenga detengan detener terminen terminar stopping deten
halt: acaben
bare: discontinue desist stop stopp stpo stp cancel cancle quit
bare: cease pare paren parar basta cancelar cancele cancelen cancela detengan
bare: detenga
stopped: stopped stoped stoppd stopt quit ceased discontinued deje dejo dejado pare paro parado suspendi suspendio
stopped: suspendido
texts: text texts txt txts texto textos message messages msg msgs mesage mesages massages sms mensaje* mensage* msj
texts: msjs reminder reminders remainders recordatorio* notification notifications notificacion notificaciones alerts
texts: avisos spam
texting: texting texing txting txtin messaging sending contacting reminding spamming enviar* enviand* mandar* mandand*
texting: escribir* escribiend* textear* textea* contactar* contactand* textin msging
sending: mandaran enviaran escribieran mandara enviara escribiera mandaras escriban escriba escribas manden mande
sending: mandes envien envie envies contacten contacte texteen textee escrivan enbien
bother: fregar fregando chingar joder bothering bother harassing annoying
bother: bugging pestering molest* calling llamar* llamand* emailing harass
bother: fastidiar* llamen llame llames call
link: de with these all the my your me us this any please already y por favor those to su sus los las estos esos tus
link: him her estar ya mas getting receiving nos our ever sms daily annoying stupid damn mis el la un every one other
wanting: any more these the your get receive be getting receiving no mas recibir los sus estos de tus to anymore this
wanting: all que me lleguen ningun otro mis esos tantos so many of ur further texting
medicine: medicin* medecin* medcine medic* med meds pill pills tablet* tablets capsule* dose doses thinner* thiner*
medicine: aspirin* asprin aspirina warfarin* coumadin eliquis xarelto plavix pradaxa lovenox ibuprof* advil aleve
medicine: tylenol insulin* heparin* pastill* pildora* dosis anticoag* adelgazante* medicament* remedio* tableta*
medicine: inyeccion* injection* shots antibiot* painkiller* clopidogrel apixaban rivaroxaban naproxen* motrin
medicine: metformin* prescription* receta* comprimid* capsul*
notmedicine: medical medicare medicaid medically medico medicos medica
take: take took taken taking tooken takes stop* stoped start* restart* resum* quit miss* forgot* forget* skip* held
take: hold holding double* continue* swallow* tome tomo tomar* tomad* tomand* deje dejo dejar* dejad* suspend* pare
take: paro parar* empec* empiez* empez* olvid* salt* segu* sigo contin* reinici* reanud* tomaba toma should can may
take: could puedo debo when cuando off still what que about cual cuales which how como refill cancel* acab* ran run
take: keep must tengo tenia need allowed ok okay bien antes before drink drank
activity: eat* drink* driv* smok* walk* work* cough* cry* sleep* mov* exercis* lift* bend* sweat* shak* laugh* think*
activity: worry* hiccup* sneez* itch* breath* solid* food water coffee wine alcohol comer beber fumar manejar conducir
activity: caminar trabajar toser llorar sangrar doler respirar agua cafe leche vino cerveza cigarr* liquids leaking
activity: rest* lying sitting shower* wear* using use brace walker cane vitamin* bath* cook* bleed* running swimming
visit: appointment* appt apt apts visit visits procedure* surgery operation* ride cita citas procedimiento* cirugia
visit: operacion transport* driver reschedul* reagend* schedul* booking taxi uber consulta visita reservation mri test
visit: scan xray
day: today tomorrow tonight monday tuesday wednesday thursday friday saturday sunday hoy manana lunes martes miercoles
day: jueves viernes sabado domingo week month january february march april june july august september october november
day: december
polite: please pls plz por favor just so now ok okay hey hi hello thanks hola bueno yes no well and then si sir maam
qualifier: at in on before after during while until when unless en noche antes despues mientras durante hasta cuando
qualifier: tan
"""

# Clear wording: ends texting, and no person need ask.
CLEAR = """
{halt} {link}* {texting}
{halt} {link}* {texts}
para de {texting}
dont/never/not please? ever? text/message/msg/contact/txt/massage me/us/her/him/this/anymore/again/my
dont/never/not please? ever? text/message/msg/contact/txt any more
dont send/sending {link}* {texts}
dont send me/us anything/any/more/anymore/these/this/nothing
dont {bother}? want/wish/need/like {wanting}* {texts}
dont want/wish {wanting}* texted/contacted/messaged/texting
no longer want/wish/need {wanting}* {texts}/texted/contacted
no more {link}* {texts}/texting
enough with/of {link}* {texts}
fin/baja de/a {link}* {texts}
no autorizo/acepto {wanting}* {texts}
opting/opted out
removed from .. list
name/number removed
no need to text/message/send
no {sending} $
quitarme/sacarme/borrarme/eliminarme/quitarnos .. lista/numero
salir/salirme de .. lista/programa
no/nomas mas? {texts} mas?  $
ya? no quiero/deseo/necesito/queremos {wanting}* {texts}
no quiero/deseo/queremos que me/nos {sending}
no quiero/deseo recibir nada/mas/esto
no me/nos/le {sending} $
no me/nos/le {sending} mas/nada/mensajes/por/{texts}/nunca/ya
no me/nos/le vuelvan/vuelva/vuelvas a {texting}/{sending}
ya no me/nos/le {sending}
no {sending} mas/nada
no {texting} mas/nada
no {texting} {link}* {texts}
alto/basta a/de/con {link}* {texts}
no {sending} {link}* {texts}
para/pare/paren/dejen/deje ya? con {link}* {texts}
take/remove/delete/get/drop/scratch me/us/him/her/my/this/mom/name/number .. off/from
take/remove/delete/get .. off/from .. list
take/remove/delete my/this/our name/number/phone/cell
remove/delete/erase me/us
off your/this/the/ur texting/mailing/text? list
lose/forget my/this number
unsubscribe
unsuscribe
opt me/us? out
optout
leave us/me/him/her alone
quiten/quite/quita/quitar/saquen/saque/saca/borren/borre/borra/eliminen/elimine/elimina me/mi/el/este .. lista/numero
quiteme/quitenme/quitame/saqueme/saquenme/sacame/borreme/borrenme/borrame/eliminenme/elimineme/eliminame
quitar/sacar/borrar/eliminar mi? numero/nombre/telefono
denme/deme/dame/dar/darme/darnos de baja
dejenme/dejeme/dejame/dejenos/dejanos/dejennos en/ya? paz/tranquilo/tranquila/solo/sola
revoke .. consent/permission/authorization
withdraw .. consent/permission
revoco/retiro mi/el? consentimiento/permiso
"""
# Wording that may well mean it: texting ends, and a person asks.
UNCLEAR = """
{halt} {link}* {bother}
dont call/bother/disturb me/us/here
no me/nos {bother}
no me/nos {sending}
dont text/txt $
please? no more $
not interested
no me interesa
go away
no quiero nada
ya no quiero $
ya no quiero nada/esto/eso/mas
dont want this/these/it/any $
dont want this/these/it anymore/any
too many .. {texts}
no more calls/phone/questions
want/wants out $
get me out of this/it/here $
hate .. {texts}
no longer interested
why .. keep/keeps texting/sending/messaging
dont have to text
no moleste/molesten/molestes/llame/llamen mas?
tired/sick/harto/harta/cansado/cansada of/de .. {texts}
reply/text/texted/said/wrote/put/type/puse/escribi stop
fuck/screw off/you/this
want/wanna/quiero/would/like/deseo to? opt/stop/quit/cancel/parar/cancelar/salir $
ya dejen/dejenme/deje $
dejen ya $
stop it/this/that/already/now/everything $
"""
# Told so, and one of these words beside it, is clear.
WRONG = """
wrong/wrng/rong number/person/phone/num/#
numero incorrecto/errado
no es mi/su numero/telefono
isnt my/her/his/their number/phone/cell
not my/her/his/their/marias? number/phone/cell
numero/persona/telefono equivocado/equivocada
equivocado/equivoco/equivocaron de/el/este numero/telefono/persona
"""
ENDING = "stop unsubscribe remove cancel quit end alto pare paren baja"
# The messages are wanted, or it is their absence that is spoken of.
WANTED = """
nonstop
dont/never/not/cant please? {halt}
dont/not want/wanna/mean/meant/intend/like/need .. {halt}/unsubscribe/opt/optout
no quiero/quise/deseo que? .. {halt}
dont/not/never unsubscribe/opt/remove/delete/take me?
no .. den de baja
deje/dejo/dejar/deja/dejen un/el/este/mi mensaje/recado/texto/mensajito
not wrong number
"""
# Other than texting: a medicine, the body, a way of speaking. ASKED
# Other than texting: is a question whose answer may be about a medicine.
ASKED = """
should/can/do/does/did/must/when/shall i/he/she/we/mom/dad/my/que/debo/puedo/long .. {halt}
may/could/cuando/puedo/debo/tengo/need/how i/he/she/we/mom/dad/my/que/debo/puedo/long .. {halt}
will/ill/gonna not? {halt}
going to {halt}
i/he/she {halt}
cuando/puedo/debo/puede/debe/tengo {halt}
when to {halt}
doctor/dr/nurse/cardiologist/pharmacist/he told/tell/said/says/say me/him/her/us? not? to? {halt}
she/they/you/text/message/surgeon/doc told/tell/said/says/say me/him/her/us? not? to? {halt}
told/supposed/instructed/advised/tells me/him/her/us/mom/dad? not? to {halt}
{halt} .. {day}/days/day/dias/dia/hours before/prior/ago/antes
{halt} .. days/dias/day/hours
"""
CLINICAL = """
{halt} {link}* {activity}
{halt} {link}* {pain}/{bleed}/{fever}/{swell}/{vomit}/{numb}/{dizzy}
{pain}/{bleed}/{fever}/{swell}/{vomit}/{cough}/{numb}/{dizzy} .. {halt}/{stopped}
stop by/at/in/over/sign/off/light/watch/and/working/for/along
stops/stop sign/light/working
bus/pit/full/truck/rest/train/next/first/short/one/what/which stop
did/has/have/was/were/is they/you/it/he/she/someone/somebody/procedure .. {halt}
quick stop
{halt} .. {visit}
{visit} .. {halt}
cancel/cancle/cancelar/cancele/cancelen .. {day}
hasta/until/till que? .. {halt}
{halt}/{stopped} .. {medicine}
{medicine} .. {halt}/{stopped}
i/we/he/she/who/husband/wife/they quit {activity}
fin de semana
en el? alto
mas? alto/alta
quiero/quiere vivir/ir/tomar
ya no quiero vivir
"""
# Beside a verb of taking, a medicine; alone, these.
MEDICINE = """
{stopped}/stopping/halting taking/it/them/these/those
i/we/he/she/ive/weve/already/have/has/had/just/ya/lo/la/los/las {stopped}
i/we/he/she/ive/im not? {stopped}/off it/them
took/take/takes/taking/taken it/them/mine/those/these/one/two/half/him
forgot/forget/forgotten to? take/taking/stop/my/it
miss/missed/skip/skipped a/my/the/last/one/two/both/it/this? dose/doses/pill/morning
no? lo/la/los/las tome/tomo/tomar/tomado/tomamos/deje/dejo/pare
no? me? lo/la/los/las he/ha/habia tomado/dejado
deje/dejo/dejar/dejado/dejen/paro/pare de tomar/tomarlo/tomarla/tomarlos/tomarlas/tomarme
se? me/le olvido/olvide/acabo/acabaron/paso tomar/tomarlo/tomarla/tomarme/la/el/las/los
olvide/olvido tomar/tomarlo/tomarla/tomarme
tomarlo/tomarla/tomarlos/tomarlas/tomarmelo/tomarmela
when/can/should/may/do .. restart/resume
cuando/puedo/debo .. reiniciar/reanudar/retomar
stopped/stoped/suspendi $
stopped/stoped yesterday/today/last/this/on/since/tonight/already
no tomo $
not/havent/hasnt/didnt/dont taken/take anything/any/it/them
me inyecte/inyecto
gave .. shot/injection
start/restart/resume/begin/keep/continue/quit taking
back on it/them/my
"""
# What looks like speaking of a medicine and is not.
NOT_MEDICINE = """
{stopped} {link}* {activity}
{stopped}/stopping by/at/in/off/over/for
{pain}/{bleed}/{fever}/{swell}/{vomit}/{cough} has/have/had/already/finally/ya/se? {stopped}
{stopped} {link}* {pain}/{bleed}/{fever}/{swell}/{vomit}
tomar/tome/tomo/tomando/tomarme un/una/el/la? {activity}/bus/autobus/taxi/uber/foto/caldo/jugo/te/sopa
take/took/taking it easy/slow/slowly/from
dejar/deje/dejo/deja/dejen el/la/mi? mensaje/coche/carro/recado
{stopped} {texting}/{texts}
"""
