// First names that people have, from many parts of the world, as the letters a to z.

export const names = `
ada adam adele adrian agnes ahmed aisha alan albert alex alice alma alvin amelia amir amos amy ana anders andrea andrew
angela anita ann anna anton antonio ari arthur asha astrid audrey august aurora ava axel barbara basil beatrice ben
benjamin bernard bettina bianca bill boris brenda brian bruno camilla carina carl carla carlos carmen carol caroline
casper catherine cecilia celia chandra charles charlotte chen chloe chris christian christina clara claude claudia
clement clifford conrad cora cyril dalia damian dana daniel daphne daria david deborah della denis diana diego dimitri
dina dolores dominic donald dora dorothy dylan edgar edith edmund edward edwin eileen elena eleanor eli elias elisa
elizabeth ella ellen elsa elvira emil emilia emily emma enrico eric erica erik erin ernest esther ethan eva evan eve
evelyn fabian fatima felicia felix fernando finn fiona flora florence frances francis frank frederick frida gabriel
gemma george georgia gerald gilbert gina giulia glen gloria grace greta guido gustav hamid hanna hannah hans harold
harriet harry hassan hazel hector heidi helen helena henrik henry herbert hilda hiro holly howard hugo ian ida igor ilse
imran ines ingrid irene iris isaac isabel isaiah ivan ivy jack jacob jade james jan jana jane janet jasmine jason jean
jenny jeremy jerome jesse jill joachim joan joel johan john jonas jonathan jorge josef joseph josephine joshua joy
judith jules julia julian juliet justin kai kamal karen karim karin karl kate katherine keith kenji kevin kira kirsten
klara klaus kofi kurt laila lara lars laura laurence lea leah leif lena leo leon leonard leonie leroy leslie lewis lila
lilian lily linda linus lisa liv lorenzo louis louise luca lucas lucia lucy luis luisa luke lydia mabel madeleine magda
magnus malcolm malik manuel mara marc marcel marcus margaret maria marian marie marina mario marion mark marlene marta
martha martin marvin mary mateo mathilda matthew maud maurice max maya melissa mercedes mia michael miguel mila milan
milo mina miranda miriam mohamed moira monica morgan moritz muriel nadia nancy naomi natalie natasha nathan nelly nelson
nicholas nicola nigel nikita nina noah noel nora norman octavia olaf oleg olga olive oliver olivia omar orlando oscar
otto owen pablo paloma pamela patricia patrick paul paula pedro penelope peter petra philip phoebe pia pierre quentin
rachel rafael rahul ralph ramona raymond rebecca regina renata rene rhea richard rita robert roberta robin roger roland
roman rosa rosalind rose rosemary roy ruby rudolf rupert ruth sabina sadie salma sam samira samuel sandra sara sarah
sasha sean sebastian selma serena sergio seth sheila sidney sigrid silas silvia simon simone sofia solomon sonia sophie
stanley stefan stella stephen steven sunita susan susanna svea sven sylvia tamara tanja tara tariq teresa thea thelma
theo theodora theresa thomas tilda tim tina tobias tom tomas toni tristan ulla ulrich uma ursula valentin valerie vanessa
vera verena veronica victor victoria vincent viola violet virginia vivian vladimir walter wanda warren wendy werner wilma
winston xavier yara yasmin yusuf yves yvonne zara zelda zoe zora
`
  .trim()
  .split(/\s+/);
