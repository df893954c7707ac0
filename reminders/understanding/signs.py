"""Words of the body and of danger in a reply, in groups, and pairs of words that are one word to us.

The rule: a group holds what people write, misspelt or not, in English and Spanish; what a group means stands where it
is used. A word that ends in a star is a stem. Written without accents, apostrophes and case.
"""

# Two words that mean one thing. A "no" that makes a sign ("no puedo respirar") is taken up before denials are read.
PAIRS = """
quita: se quita|me quita
dont: donot|do no
puedo: me puedo
puede: se puede|me puede|le puede
cant: can not|no can|not able|no puedo|no puede|no pude|no pudo|no podia|no puedes|no logro|no consigo|no alcanzo
cant: can t|could not|couldn t|cannot even|cant even|cant hardly|can barely|can hardly|can bearly|no poder
cant: not possible|cannot|couldnt|unable|cudnt|couldent|isnt able|wasnt able|arent able|unable to|trouble to
dont: do not|don t|does not|doesn t|did not|didn t|doesnt not
wont: won t|will not
nonstop: wont stop|dont stop|doesnt stop|didnt stop|not stopping|isnt stopping|hasnt stopped|not stopped|never stops
nonstop: cant stop|not stop|no para|no paran|no deja|no dejan|no detiene|no cesa|sin parar|sin cesar|non stop
nonstop: havent stopped|no dejen|no deje|no paren|no pare
nofeeling: no feeling|no sensation|no strength|no siento|no siente|sin sensibilidad|no sensibilidad|sin fuerza
nofeeling: sin fuerzas|lost feeling|cant feel|dont feel|no fuerza|no fuerzas|no power|no movement|losing feeling
nocontrol: no control|sin control|no controlo|no controla|no controlar|without control|no aguanto|no aguanta|cant hold
nocontrol: cant control|cant aguantar|cant controlar|dont control|cant contener|no retengo|cant retener
notbreathing: not breathing|isnt breathing|no respira|no respiro|dont breathe|dont breath|stopped breathing
notbreathing: stop breathing|no breath|no air|sin aire|no aire|sin aliento|no aliento|sin respirar|without air
notbreathing: without breath|no breathing
notpeeing: not peeing|not peed|havent peed|hasnt peed|not urinating|not urinated|no orina|no orino|sin orinar|no pee
notpeeing: no urine|havent urinated|dont pee|no pipi|sin pipi|no orine|not pee|nothing pee
notbetter: not better|no better|isnt better|not improving|no mejora|no mejor|no improvement|no relief|sin alivio
notbetter: no alivio|not helping|no baja|not improved|aint better|no mejoro|sin mejoria|no mejoria|not gone|no quita
notbetter: no calma
faint: passed out|pass out|passing out|blacked out|black out|blacking out|past out
throwup: throw up|threw up|throwing up|threwing up|thrown up
wetmyself: wet myself|wet himself|wet herself|peed myself|pooped myself|soiled myself|pissed myself|hice encima
wetmyself: hago encima|orine encima|orino encima|hizo encima|peeing myself|messed myself|orinarme encima|shit myself
"""

GROUPS = """
chest: chest chst cheast chets ches chestt cest pecho pechos pexo pehco torax toracic* thoracic heart hart corazon
chest: breastbone esternon
chestalone: chest chst cheast chets chestt pecho pechos pexo torax breath breaths breathe breathing respirar respiro
chestalone: respira
fine: fine good bien ok okay well better normal easier mejor clear
nofeeling: nofeeling
jaw: jaw mandibula quijada
pain: pain* pian* pane paine hurt* hert hurst ache* aching acheing dolor* dolr duel* doli* doler tight* pressure
pain: presion heavy heaviness crush* squeez* burning stabbing opresion oprim* apreta* apriet* punzad* discomfort*
pain: molestia ardor sore
breath: breath* breth* breathe breathing breating breahte brething breeth respir* repirar rrespirar resipr* air aire
breath: aliento
trouble: cant cannot couldnt unable trouble* trubble truble hard harder difficult* dificult* dificil short shortness
trouble: shrt short* struggl* labored cuesta cuestan falta faltando corto problem problems problema problemas barely
trouble: hardly apenas lose loss lost losing trabajo mal bad agitada agitado batallo batalla
choking: choking choke gasp* suffocat* sofoca* asfixia* asfixi* ahogo ahoga ahogand* ahogad* disnea notbreathing
choking: wheez*
limb: leg legs legg leggs lg foot feet toe toes thigh* knee knees calf arm arms hand hands finger* pierna* pirnas pies
limb: pie muslo* brazo* mano manos rodilla* dedo dedos cintura waist groin limb limbs extremidad* saddle ingle
limb: pantorrilla
numb: numb numbed numbing numbness numbnes nummness numm nummb nmb num nume numd weak* wekness wek weekness tingl*
numb: tinggl* dormid* durmi* entumec* entumid* entumi* tiembl* duerm* entum* adormec* adormes* debil* devil* hormig*
numb: cosquill* nofeeling paraly* paraliz* flojas aflojan needles muertas doblan
cant: cant cannot couldnt unable wont
gotworse: worse worst worsen worsening peor empeor*
alonenumb: numb numbness numbnes numm nummb weak* weakness tingl* entumec* entumid* adormec* debil* hormigue*
move: move moving feel stand walk lift bend sentir mover moverlas caminar levantar parar pararme moverme bajar raise
stride: walk caminar stand move mover moverme pararme levantarme
bladder: bladder* blader* bladdar bowel* bowl bowls vejiga vegiga intestin* esfinter* orina orines urine pee pees poop
bladder: pooping stool* popo caca heces pipi pis evacua* defeca* peepee poo potty intestines
control: lost lose loss losing loosing loose control* controlo leak* accident* incontin* perd* escap* nocontrol sale
control: salen salio encima sabanas
bladder: peeing orino
control: dribbl* gote* comes coming nonstop
pee: orino orine
breath: resp
choking: sob
trouble: costando
pain: pan
bleed: spotting
worse: scream* gritando
shooting: shock*
dizzy: spinning vueltas
wet: incontinen* incontient wetmyself
pee: pee peeing urinate* urinat* uriner orinar orina orinan pipi mear mearme pis evacuar piss
retention: retention retencion notpeeing
faint: faint* fainted fante* desmay* desmall* unconscious* unconcious* inconscien* unresponsive collapsed colapso
faint: seizure* convuls* paralysis paralyzed paralized paralis* paraliti* paraliz* paralys*
stroke: stroke stroks derrame embolia infarto overdos* sobredosis suicid* suiside anaphyla* anafila* socorro auxilio
stroke: slurred slurring slur ambulance ambulanse ambulancia 911 emergency emergencia
face: face faces mouth smile cara boca tongue lip lips labio labios lengua throat garganta eyelid
droop: droop* drooping crooked sag sagging torcid* chuec* torcio torcido closing cerrando cierra cerrada twisted
droop: paraliz* caida
speak: speak speaking slur* speech
swell: puffy puffed swell* swoll* swolen swelled swelling hinch* inchad* inchaz* inflam* inflad* inchado ichado
bleed: bleed* bleding bleedin blood* bloody blod bled sangr* sagr* sangre sangrando hemorr* hemorag* emorragia
lots: heavy heavily lot lots gush* pour* spurt* soak* everywhere profuse* mucho mucha muchisim* chorr* empapa*
lots: abundante* nonstop terribly badly alot bastante demasiad* severe*
cough: cough* tos tosi* throwup vomit* stool* poop urine orina heces pee spit* escup* caca pipi
fever: fever* fevor feaver fevr feever fver fevers fiebr* fievre fiever febril calentura* feverish chills chill
fever: escalofri* escalosfrios shiver* shivering tiritando tembl* calenturiento
temp: t temp temps temperature temperatura tempature temprature f c fahrenheit celsius degrees degree grados
temp: thermometer termometro
site: red redd redness reddened reddish rojo roja rojos rojas rojiz* enrojec* enrojecido colorado colorada
pus: pus puss puz drainage drain drains draining drained drenaje drenando supur* secrecion* liquido ooz* materia
pus: infect* infecc* infected discharge leaking smells stink* huele bruis* moret* hematoma* lump bump bulto stitches
pus: burst abri*
worse: new newer worse worst wors bad severe terrible horrible unbearable shoot* sharp awful sudden* excruciat* nuevo
worse: nueva peor insoportable fuerte* agud* intens* aument* increas* notbetter nonstop stabbing electric* nocontrol
worse: horrib* punzante* espantos* stronger killing matando tremend*
much: 7 8 9 10 more mas lot lots alot tons mucho muchisimo rib ribs costilla* back espalda leg legs pierna* side lado
back: back espalda rib ribs costilla* spine columna
better: better less gone mejor menos improved improving mejorando mejoro mejorado quito calmo lower easing
shooting: cramp* shooting punzant* punzad* electric* calambre* toque
headache: headach* hedache* headake* hedake migraine* jaqueca* migrana*
head: head cabeza
vomit: vomit* throwup nause* nausia nausea* puke* puking womit bomit* bomito
dizzy: dizz* dizy dizyness dizziness lighthead* mare* vertigo woozy faintish palpita*
rash: rash rashes hive hives itch* allerg* alerg* alergia sarpull* salpull* roncha* urticaria picaz* comezon
fell: cayo fell fallen fall falling tripped slipped cai caida caido caer resbal* tropec*
denier: no not sin without zero ningun ninguna isnt arent aint dont doesnt didnt nor ni neither negative denies wasnt
filler: any new sign signs of more a real further de mas hay tengo tiene tenemos have having had got feeling feel am
filler: me le longer ningun ninguna tenido ha he haya nada tuvo tuve senal senales estoy esta siento hubo se
bridge: el la los las de del al en in of my the mi mis his her your un una or nor ni o from with
deniable: trouble trubble difficulty difficulties short shortness problem problems problema problemas dificultad
deniable: dificultades falta loss leak leaks leaking accident accidents incontinence incontinencia perdida overdose
deniable: emergency emergencia stroke
backagain: before earlier much lot too like this only just except unless until
backagain: till bad badly heavily mucho mucha tanto tan asi como
backagain: solo excepto hasta antes
unit: lb lbs kg kilos pounds libras mg dollars miles mcg ml
"""
