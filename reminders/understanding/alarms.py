"""What in a reply is a matter for 911, and what for a call to the department.

The two lists are those of the after-care text that the shipped protocol sends. 911: chest pain, trouble breathing, new
weak or numb legs, loss of bladder or bowel control. Call us: fever of 100.4 F, bleeding, redness or drainage, new rib
or back pain, shooting pain. Hospital leaflets add numb or tingling arms, urine that does not come, chills, swelling,
headache and vomiting; fainting, stroke, heavy bleeding, overdose and words of dying stand here for safety's sake.
The rule: where wording might be a sign, it is one, and between the two lists it is 911.
"""

# Groups that together, within seven words, are a sign; after "unless", a group near them that takes the sign away.
EMERGENCY = """
chest pain
breath trouble
nofeeling pee
breath pain
jaw pain
choking
limb numb
limb cant move
bladder control
wet
trouble pee
retention
faint
stroke
face droop
face numb
face swell
trouble speak
bleed lots
bleed cough
"""
WARNING = """
fever
bleed
site
swell
pus
pain worse
pain much unless better
shooting
alonenumb
chestalone unless fine
gotworse
headache
head pain
vomit
dizzy
rash
fell
"""

EMERGENCY_PHRASES = """
legs/leg/knees/piernas/pierna .. give/gave/giving/gives/buckle/buckled/buckling/buckles/collapse/collapsed
legs/leg/foot/feet/arm/arms are/is/r/feel/feels/felt/went/goes/fell/gone like? so/very/really? dead/asleep/jelly/limp
{limb} are/is/r/feel/feels/felt/went/goes/fell/gone like? so/very/really? lead/rubber/week/wobbly/heavy/wek
legs/leg wont hold/work/move/support
no me? responden/sostienen/sostiene/aguantan/obedecen .. piernas/pierna/rodillas
left arm .. {pain}
{pain} .. left arm
brazo izquierdo .. {pain}
{pain} .. brazo izquierdo
chest feels/felt/feeling
{bladder} wont hold/work
havent/hasnt/hadnt .. {pee}
no llego/llegue/alcanzo/alcance .. bano
the/to/at er
ganas de vivir
quiero seguir viviendo
{limb} dont/not/wont/arent/isnt work/working/move/moving/respond/responding/hold/holding
{limb} went/go/gone/gave out
foot/feet drop/dropping/drops
piernas/pierna/pies no me? responden/responde/tienen/sostienen/aguantan/sirven/funcionan
no tengo/tiene/hay fuerza/fuerzas .. {limb}
perdi/perdio/perdido/pierdo/poca/menos la? fuerza .. {limb}
se me/le va/fue/sale/salio/escapa/escapo .. orina/pipi/popo/caca
no he/ha podido .. {pee}
hart/haert/heart atack/attack
dragging my foot/leg/feet/legs
dont/not want to be here
cant {stride}/parar
cant stand up
cant get up
cant get out of bed
cant sit up
cant levantar/levantarme/levantarse
cant talk/hablar
habla raro/enredado/enrredado
cant swallow/tragar
cant see/ver
went/going blind
lost/losing/lose/perdi/perdiendo my/his/her/la? vision/sight/vista
nofeeling la/las/mi/mis/los/el/in/my/the/below/from/de? {limb}/legs/bottom/butt/abajo/down
from .. waist down
de la cintura para/hacia abajo
ataque al/de/cardiaco corazon?
cant wake/despertar
wont wake
not waking
no despierta/responde/reacciona
cant go to? the/bathroom/restroom/toilet
cant use the bathroom/restroom/toilet
cant ir/hacer al/del? bano/pipi
cant empty
urine/pee wont come
no me sale la/el? orina/pipi
no he/ha podido? orinado/orinar/mear
havent/hasnt been? able? to? peed/pee/urinate/gone
{pee}/wet/poop/pooped/peed on/in? my/the/his/her? pants/bed/clothes/myself/chair/underwear
pooping/wetting/soiled/pissed/messed/messing on/in? my/the/his/her? pants/bed/clothes/myself/chair/underwear
accident in my? pants/bed
orine/orino/orinando/orinado/moje/mojo/orinarme .. cama/pantalon/pantalones/encima/querer/cuenta/ropa
ensucie .. cama/pantalon/ropa/encima
me/se/he orino/orine/orina/cago/cague/ensucio/ensucie/orinado encima/solo/sola
perdi/perdio el/la conocimiento/conciencia
sin conocimiento
turning/turned/is/are blue
labios azules/morados
took .. too many/much
took the whole/entire/all bottle/thing
took all the/of .. {medicine}
took all .. at once
tome/tomo/tomo demasiadas/demasiados/demasiada/demasiado/muchas/muchos
tome/tomo todo/toda el/la frasco/caja/bote
want/wanna/wants/wanted/ready/rather to? die
wish i was/were dead
kill/killing/harm/harming myself/himself/herself
hurt/hurting myself on? purpose/tonight/today
going/want/wanna/gonna/gona to? hurt/harm myself
end/ending/take/taking my/it own? life/all
dont/not/no want/wants/wanna to? live/alive
no reason to live
better off dead
quiero/quisiera/prefiero/quiere morir/morirme/morirse/matarme/matarse
me/se quiero/quiere/voy/va a? morir/matar/morirme
ya? no quiero/quiere/puedo vivir
matarme
quitarme la vida
mejor muerto/muerta
me muero
estoy muriendo
me/se estoy/esta muriendo
i am/m? dying
im/is/hes/shes dying
"""
WARNING_PHRASES = """
not feeling/feel well/good/right/okay/ok
dont feel well/good/right/okay/ok/so
nofeeling well/good/right/bien/nada? bien
no me? siento/siente nada? bien
feel/feeling/feels really/so/very/pretty? sick/terrible/awful/horrible/bad/ill/worse/faint
me? siento/siente muy/bien? mal/peor/enfermo/enferma
sick to my stomach
burning up
bandage/dressing/gauze/venda/vendaje/parche .. soaked/drenched/empapada/empapado/mojado/mojada
sale/salio/salen .. amarillo/amarilla/verde/blanco
running/run/have/got/has/had/with/tengo/tiene/trae/con a? temp/temperature/temperatura
cant sleep .. {pain}
no soporto/tolero .. {pain}
cant take/stand/bear/handle .. {pain}
nocontrol
cold sweat/sweats
sudor/sudando frio
killing me
hurt/hurting myself
cant poop/defecar/evacuar
white/yellow/green/clear/smelly/bad fluid/stuff/liquid/smell/odor/ooze
racing/fast/pounding heart/heartbeat
heart .. racing/pounding/fluttering/skipping
blurry/blurred/double vision/sight
vision borrosa/doble
se/me abrio/safo/salto
went/fell/fallen down
cant {stride}
{pain} .. back/returned/volvio/regreso
took .. twice
took extra
double dose/dosed
doble dosis
tome dos veces
help me/us
need help now/please/right/asap
ayudame
ayudeme
ayudenme
necesito ayuda
"""

# Signs in other company: read as none.
HARMLESS = """
blood/bloods thinner/thinners/pressure/test/tests/testing/work/draw/draws
blood/bloods sugar/type/lab/labs/count/bank/glucose/drawn/thiner
bloodwork
presion arterial/sanguinea
presion de la? sangre
examen/examenes/analisis/prueba/pruebas/muestra/adelgazante/adelgazantes/anticoagulante de la/el? sangre
adelgazante/adelgazantes .. sangre
chest x ray/xray
chest xray/xrays/ct/scan
emergency contact/contacts/number/phone
emergency contact number
contacto/telefono/numero/contactos de emergencia
in case of an? emergency
en caso de emergencia
no/not an? emergency
no es una? emergencia
i/to/ill/just/had/he/she/they/we/be fell/fall/fallen/falling asleep
fall/falls behind/semester/season/weather/term
in the fall
this/last/next/early/late fall
side effect/effects
efectos secundarios
discharge/discharged papers/paper/instructions/instruction/time/summary/nurse/from/date/home/planner/day
liquido/liquidos claros/claro
drink/drinks/clear/clears liquid/liquids
tomar/beber/tomo/bebo/de liquido/liquidos
air/aire conditioning/conditioner/acondicionado/port/fare/bnb/bag/libre
by/al aire libre
weak/bad signal/connection
ride/rides/plans/driver fell through
se cayo la/el/mi llamada/internet/senal/linea/sistema
is/soy/llamo/dona/mrs/ms dolores
red cross/car/truck/lobster/roof/door/light/house/building/van/hat/shirt/tape/wine/meat/line/flag/sox
hard of hearing
nofeeling dolor/nada/ningun/miedo
dying to
temp job/agency/worker
speak/speaking english/spanish/ingles/espanol/to/with/up/about
bad breath
call/calls/called/calling/text/write/go/going/drive/bring/driving/heading/head me/him/her/us/you? back
back home/to/in/at/then/soon/here/from/when/by/on/and? forth
on the other hand
no harm
right/left hand side
"""

# What a phrase of the lists above would take for a sign, and is none.
INNOCENT = """
i cant talk now/long/to/on/during
cant talk to/on/long
cant hablar ingles/espanol/por
cant see/ver you/him/them/the? doctor/dr/nurse/why/where/how
cant see/ver you/why/where/how/porque/donde
cant move my/the/it? {visit}
help me in/with/find/park/understand/out
temp job/agency/worker
"""
