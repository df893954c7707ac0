"""Words of danger in a reply: what makes it a matter for 911, and what for a call to the department.

The two lists are those of the after-care text that the shipped protocol sends. 911: chest pain, trouble breathing, new
weak or numb legs, loss of bladder or bowel control. Call us: fever of 100.4 F, bleeding, redness or drainage, new rib or
back pain, shooting pain. Hospital leaflets add numb or tingling arms, urine that does not come, chills, swelling,
headache, vomiting; fainting, stroke, heavy bleeding, overdose and words of dying are added for safety's sake.
The rule: where a word might be a sign, it is one. Only a sign that is denied directly ("no fever") is none.
"""

# Two words that mean one thing. A "no" that makes a sign ("no puedo respirar") is taken up here, before denials are read.
PAIRS = """
cant: can not|no can|not able|no puedo|no puede|no pude|no pudo|no podia|no puedes|no logro|no consigo|no alcanzo
cant: can t|could not|couldn t|cannot even|cant even|cant hardly|can barely|can hardly|can bearly|no poder|not possible
cant: cannot|couldnt|unable|cudnt|couldent|isnt able|wasnt able|arent able|unable to|trouble to
dont: do not|don t|does not|doesn t|did not|didn t|doesnt not
wont: won t|will not
nonstop: wont stop|dont stop|doesnt stop|didnt stop|not stopping|isnt stopping|hasnt stopped|not stopped|never stops
nonstop: cant stop|not stop|no para|no paran|no deja|no dejan|no detiene|no cesa|sin parar|sin cesar|non stop|havent stopped|no dejen|no deje|no paren|no pare
nofeeling: no feeling|no sensation|no strength|no siento|no siente|sin sensibilidad|no sensibilidad|sin fuerza|sin fuerzas
nofeeling: lost feeling|cant feel|dont feel|no fuerza|no fuerzas|no power|no movement|losing feeling
nocontrol: no control|sin control|no controlo|no controla|no controlar|without control|no aguanto|no aguanta
nocontrol: cant hold|cant control|cant aguantar|cant controlar|dont control|cant contener|no retengo|cant retener
notbreathing: not breathing|isnt breathing|no respira|no respiro|dont breathe|dont breath|stopped breathing|stop breathing
notbreathing: no breath|no air|sin aire|no aire|sin aliento|no aliento|sin respirar|without air|without breath|no breathing
notpeeing: not peeing|not peed|havent peed|hasnt peed|not urinating|not urinated|no orina|no orino|sin orinar|no pee|no urine
notpeeing: havent urinated|dont pee|no pipi|sin pipi|no orine|not pee|nothing pee
notbetter: not better|no better|isnt better|not improving|no mejora|no mejor|no improvement|no relief|sin alivio|no alivio
notbetter: not helping|no baja|not improved|aint better|no mejoro|sin mejoria|no mejoria|not gone|no quita|no calma
faint: passed out|pass out|passing out|blacked out|black out|blacking out|past out
throwup: throw up|threw up|throwing up|threwing up|thrown up
wetmyself: wet myself|wet himself|wet herself|peed myself|pooped myself|soiled myself|pissed myself|hice encima
wetmyself: hago encima|orine encima|orino encima|hizo encima|peeing myself|messed myself|orinarme encima|shit myself
"""

GROUPS = """
chest: chest chst cheast chets ches chestt cest pecho pechos pexo pehco torax toracic* thoracic heart hart corazon breastbone esternon
chestalone: chest chst cheast chets chestt pecho pechos pexo torax breath breaths breathe breathing respirar respiro respira
fine: fine good bien ok okay well better normal easier mejor clear
jaw: jaw mandibula quijada
pain: pain* pian* pane paine hurt* hert hurst ache* aching acheing dolor* dolr duel* doli* doler tight* pressure presion
pain: heavy heaviness crush* squeez* burning stabbing opresion oprim* apreta* apriet* punzad* discomfort* molestia ardor sore
breath: breath* breth* breathe breathing breating breahte brething breeth respir* repirar rrespirar resipr* air aire aliento
trouble: cant cannot couldnt unable trouble* trubble truble hard harder difficult* dificult* dificil short shortness shrt
trouble: short* struggl* labored cuesta cuestan falta faltando corto problem problems problema problemas barely hardly
trouble: apenas lose loss lost losing trabajo mal bad agitada agitado batallo batalla
choking: choking choke gasp* suffocat* sofoca* asfixia* asfixi* ahogo ahoga ahogand* ahogad* disnea notbreathing wheez*
limb: leg legs legg leggs lg foot feet toe toes thigh* knee knees calf arm arms hand hands finger* pierna* pirnas pies pie
limb: muslo* brazo* mano manos rodilla* dedo dedos cintura waist groin limb limbs extremidad* legs saddle ingle pantorrilla
numb: numb numbed numbing numbness numbnes nummness numm nummb nmb num nume numd weak* wekness wek weekness tingl* tinggl* dormid* durmi* entumec* entumid* entumi*
numb: duerm* entum* adormec* adormes* debil* devil* hormig* cosquill* nofeeling paraly* paraliz* flojas aflojan needles muertas doblan
cant: cant cannot couldnt unable wont
gotworse: worse worst worsen worsening peor empeor*
alonenumb: numb numbness numbnes numm nummb weak* weakness tingl* entumec* entumid* adormec* debil* hormigue*
move: move moving feel stand walk lift bend sentir mover moverlas caminar levantar parar pararme moverme bajar raise
stride: walk caminar stand move mover moverme pararme levantarme
bladder: bladder* blader* bladdar bowel* bowl bowls vejiga vegiga intestin* esfinter* orina orines urine pee pees poop pooping
bladder: stool* popo caca heces pipi pis evacua* defeca* peepee poo potty intestines
control: lost lose loss losing loosing loose control* controlo leak* accident* incontin* perd* escap* nocontrol sale salen
control: salio encima sabanas
wet: incontinen* incontient wetmyself
pee: pee peeing urinate* urinat* uriner orinar orina orinan pipi mear mearme pis evacuar piss
retention: retention retencion notpeeing
faint: faint* fainted fante* desmay* desmall* unconscious* unconcious* inconscien* unresponsive collapsed colapso seizure*
faint: convuls* paralysis paralyzed paralized paralis* paraliti* paraliz* paralys*
stroke: stroke stroks derrame embolia infarto overdos* sobredosis suicid* suiside anaphyla* anafila* socorro auxilio
stroke: slurred slurring slur ambulance ambulanse ambulancia 911 emergency emergencia
face: face faces mouth smile cara boca tongue lip lips labio labios lengua throat garganta eyelid
droop: droop* drooping crooked sag sagging torcid* chuec* torcio torcido closing cerrando cierra cerrada twisted paraliz* caida
speak: speak speaking slur* speech
swell: swell* swoll* swolen swelled swelling hinch* inchad* inchaz* inflam* inflad* inchado ichado
bleed: bleed* bleding bleedin blood* bloody blod bled sangr* sagr* sangre sangrando hemorr* hemorag* emorragia
lots: heavy heavily lot lots gush* pour* spurt* soak* everywhere profuse* mucho mucha muchisim* chorr* empapa* abundante* nonstop
lots: terribly badly alot bastante demasiad* severe*
cough: cough* tos tosi* throwup vomit* stool* poop urine orina heces pee spit* escup* caca pipi
fever: fever* fevor feaver fevr feever fver fevers fiebr* fievre fiever febril calentura* feverish chills chill escalofri*
fever: escalosfrios shiver* shivering tiritando temblando calenturiento
temp: temp temps temperature temperatura tempature temprature f c fahrenheit celsius degrees degree grados thermometer
temp: termometro
site: red redd redness reddened reddish rojo roja rojos rojas rojiz* enrojec* enrojecido colorado colorada
pus: pus puss puz drainage drain drains draining drained drenaje drenando supur* secrecion* liquido ooz* materia infect*
pus: infecc* infected discharge leaking smells stink* huele bruis* moret* hematoma* lump bump bulto stitches burst abri*
worse: new newer worse worst wors bad severe terrible horrible unbearable shoot* sharp awful sudden* excruciat* nuevo
worse: nueva peor insoportable fuerte* agud* intens* aument* increas* notbetter nonstop stabbing electric* nocontrol
worse: horrib* punzante* espantos* stronger killing matando tremend*
much: 7 8 9 10 more mas lot lots alot tons mucho muchisimo rib ribs costilla* back espalda leg legs pierna* side lado
back: back espalda rib ribs costilla* spine columna
better: better less gone mejor menos improved improving mejorando mejoro mejorado quito calmo lower easing
shooting: shooting punzant* punzad* electric* calambre* toque
headache: headach* hedache* headake* hedake migraine* jaqueca* migrana*
head: head cabeza
vomit: vomit* throwup nause* nausia nausea* puke* puking womit bomit* bomito
dizzy: dizz* dizy dizyness dizziness lighthead* mare* vertigo woozy faintish palpita*
rash: rash rashes hive hives itch* allerg* alerg* alergia sarpull* salpull* roncha* urticaria picaz* comezon
fell: fell fallen fall falling tripped slipped cai caida caido caer resbal* tropec*
denier: no not sin without zero ningun ninguna isnt arent aint dont doesnt didnt nor ni neither negative denies wasnt
filler: any new sign signs of more a real further de mas hay tengo tiene tenemos have having had got feeling feel am me le
filler: longer ningun ninguna tenido ha he haya nada tuvo tuve senal senales estoy esta siento hubo se
bridge: el la los las de del al en in of my the mi mis his her your un una or nor ni o from with
deniable: trouble trubble difficulty difficulties short shortness problem problems problema problemas dificultad dificultades
deniable: falta loss leak leaks leaking accident accidents incontinence incontinencia perdida overdose emergency emergencia stroke
backagain: much lot too like this only just except unless until till bad badly heavily mucho mucha tanto tan asi como
backagain: solo excepto hasta antes
unit: lb lbs kg kilos pounds libras mg dollars miles mcg ml
"""

# Groups that together, within seven words, are a sign; after "unless", a group near them that takes the sign away.
EMERGENCY = """
chest pain
breath trouble
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
legs/leg/foot/feet/arm/arms are/is/r/feel/feels/felt/went/goes/fell/gone like? so/very/really? dead/asleep/jelly/limp/rubber/week/wobbly/heavy/wek
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
dont/not want to be here $
ganas de vivir
quiero seguir viviendo
dragging my foot/leg/feet/legs
cant {stride} $
cant {stride} anymore/now/today/either/at/right/or/and/since/ya/ni/desde/hoy/bien
cant stand up
cant get up
cant talk $
cant talk right/properly/clear/clearly/well/straight/good
cant hablar $
cant hablar bien/claro
habla raro/enredado/enrredado
cant swallow/tragar
cant see $
cant see out/anything/from/nothing
cant ver $
cant ver nada/bien/de/del
went/going blind
lost/losing/lose/perdi/perdiendo my/his/her/la? vision/sight/vista
nofeeling la/las/mi/mis/los/el/in/my/the/below/from/de? {limb}/legs/bottom/butt/abajo/down
from .. waist down
de la cintura para/hacia abajo
heart attack
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
havent/hasnt been? able? to? peed/pee/urinate/gone $
{pee}/wet/poop/pooped/peed/pooping/wetting/soiled/pissed/messed/messing on/in? my/the/his/her? pants/bed/clothes/myself/chair/underwear
accident in my? pants/bed
orine/orino/orinando/orinado/moje/mojo/orinarme .. cama/pantalon/pantalones/encima/querer/cuenta/ropa
ensucie .. cama/pantalon/ropa/encima
me/se/he orino/orine/orina/cago/cague/ensucio/ensucie/orinado encima/solo/sola $
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
killing me
hurt/hurting myself
cant poop/defecar/evacuar
white/yellow/green/clear/smelly/bad fluid/stuff/liquid/smell/odor/ooze
racing/fast/pounding heart/heartbeat
heart .. racing/pounding/fluttering/skipping
blurry/blurred/double vision/sight
vision borrosa/doble
se/me abrio/safo/cayo/cai/caigo
went/fell/fallen down
cant {stride}
{pain} .. back/returned/volvio/regreso
took .. twice
took extra
double dose/dosed
doble dosis
tome dos veces
help me/us
please help me/us
need help now/please/right/asap
ayudame
ayudeme
ayudenme
necesito ayuda
"""

# Signs in other company: read as none.
HARMLESS = """
blood/bloods thinner/thinners/pressure/test/tests/testing/work/draw/draws/sugar/type/lab/labs/count/bank/glucose/drawn/thiner
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
fall/falls/fell/falling behind/through/apart/on/within/back/semester/season/weather/term
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
