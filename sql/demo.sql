-- Demo data, loaded once by `make run` and never by an install: two cities, their restaurants, and the logins that the
-- README names. Loading it twice changes nothing. Ids are fixed, so that documents can name them; their last digits say
-- which is which: restaurant 1 is 01900000-0000-7000-8002-000000000001.

create function pg_temp.demo_id(kind int, n int) returns uuid
language sql immutable
return ('01900000-0000-7000-' || 8000 + kind || '-' || lpad(n::text, 12, '0'))::uuid;

insert into city (city_id, name, currency, timezone, lat, lng) values
	(pg_temp.demo_id(1, 1), 'Amsterdam', 'EUR', 'Europe/Amsterdam', 52.37280, 4.89360),
	(pg_temp.demo_id(1, 2), 'London', 'GBP', 'Europe/London', 51.50740, -0.12780)
on conflict do nothing;

insert into restaurant (restaurant_id, city_id, slug, name, cuisines, description, phone, address, lat, lng, rating, min_order, delivery_fee) values
	(pg_temp.demo_id(2, 1), pg_temp.demo_id(1, 1), 'de-gouden-wok', 'De Gouden Wok', '{Chinese,Asian}',
		'A family kitchen on the Zeedijk since 1987: hand-pulled noodles, fierce woks and a dumpling folder who never looks down.',
		'+31205550101', 'Zeedijk 87, 1012 AS Amsterdam', 52.37430, 4.90060, 4.6, 0, 250),
	(pg_temp.demo_id(2, 2), pg_temp.demo_id(1, 1), 'trattoria-da-nonna-rosa', 'Trattoria da Nonna Rosa', '{Italian,Pizza}',
		'Pizza from a wood oven that has not been cold in ten years, and the lasagne that Rosa brought from Bologna.',
		'+31205550102', 'Utrechtsestraat 42, 1017 VP Amsterdam', 52.36390, 4.89820, 4.7, 0, 290),
	(pg_temp.demo_id(2, 3), pg_temp.demo_id(1, 1), 'warung-sari', 'Warung Sari', '{Indonesian,Asian,Vegetarian}',
		'Rijsttafel for one or for the whole floor, with sambal at four strengths. Say so if you mean the fourth.',
		'+31205550103', 'Eerste van der Helststraat 31, 1073 AC Amsterdam', 52.35560, 4.89160, 4.8, 0, 250),
	(pg_temp.demo_id(2, 4), pg_temp.demo_id(1, 1), 'burger-dok', 'Burger Dok', '{Burgers,American}',
		'Dry-aged Dutch beef, smashed thin at the old NDSM wharf. The fries are cut this morning, every morning.',
		'+31205550104', 'Javastraat 110, 1094 HP Amsterdam', 52.36280, 4.93900, 4.3, 0, 199),
	(pg_temp.demo_id(2, 5), pg_temp.demo_id(1, 1), 'sushi-minato', 'Sushi Minato', '{Japanese,Sushi}',
		'Twelve seats, two chefs, and as much fish as the morning allowed. Delivered cold, as it should be.',
		'+31205550105', 'Ceintuurbaan 212, 1072 GC Amsterdam', 52.35290, 4.88700, 4.6, 0, 350),
	(pg_temp.demo_id(2, 6), pg_temp.demo_id(1, 1), 'de-groene-lepel', 'De Groene Lepel', '{Vegan,Salads,Healthy}',
		'Bowls, soups and cakes without anything from an animal, made by people who love to eat.',
		'+31205550106', 'Haarlemmerdijk 156, 1013 JJ Amsterdam', 52.38240, 4.88520, 4.4, 0, 220),
	(pg_temp.demo_id(2, 7), pg_temp.demo_id(1, 1), 'zeedijk-nachtkeuken', 'Zeedijk Nachtkeuken', '{Snacks,Dutch}',
		'When everything else is shut: kapsalon, kroketten and a kind word, at any hour.',
		'+31205550107', 'Nieuwmarkt 12, 1012 CR Amsterdam', 52.37230, 4.90010, 4.1, 1000, 300),
	(pg_temp.demo_id(2, 8), pg_temp.demo_id(1, 2), 'brick-lane-balti', 'Brick Lane Balti', '{Indian,Curry}',
		'Baltis served as they left the fire, breads from a clay oven, and a dal that simmers from one night to the next.',
		'+442055501008', '118 Brick Lane, London E1 6RL', 51.52100, -0.07180, 4.5, 0, 250),
	(pg_temp.demo_id(2, 9), pg_temp.demo_id(1, 2), 'the-copper-pie', 'The Copper Pie', '{British,Pies}',
		'Proper pies with a lid and a bottom, mash with too much butter, and liquor the way Bermondsey makes it.',
		'+442055501009', '64 Bermondsey Street, London SE1 3UD', 51.50010, -0.08160, 4.4, 0, 220),
	(pg_temp.demo_id(2, 10), pg_temp.demo_id(1, 2), 'pho-hackney', 'Pho Hackney', '{Vietnamese,Asian,Soup}',
		'Broth of eighteen hours, herbs by the fistful, and banh mi on bread that cracks.',
		'+442055501010', '203 Mare Street, London E8 3QE', 51.53960, -0.05730, 4.7, 0, 240),
	(pg_temp.demo_id(2, 11), pg_temp.demo_id(1, 2), 'el-callejon', 'El Callejón', '{Mexican,Tacos}',
		'Corn ground in the back, tacos folded in the front. The green salsa is the mild one. Mostly.',
		'+442055501011', '21 Exmouth Market, London EC1R 4QL', 51.52560, -0.10920, 4.6, 0, 200),
	(pg_temp.demo_id(2, 12), pg_temp.demo_id(1, 2), 'beirut-corner', 'Beirut Corner', '{Lebanese,Mezze,Vegetarian}',
		'Mezze to share, or not to. Charcoal from noon, flatbread from the dome, mint tea until late.',
		'+442055501012', '45 Edgware Road, London W2 2HZ', 51.51540, -0.16230, 4.5, 0, 260),
	(pg_temp.demo_id(2, 13), pg_temp.demo_id(1, 2), 'soho-slice', 'Soho Slice', '{Pizza,Italian,American}',
		'New York slices as wide as the box, from a corner that smells of tomato and basil.',
		'+442055501013', '9 Greek Street, London W1D 4DQ', 51.51440, -0.13120, 4.2, 0, 150),
	(pg_temp.demo_id(2, 14), pg_temp.demo_id(1, 2), 'wheatsheaf-bakehouse', 'Wheatsheaf Bakehouse', '{Bakery,Breakfast,Coffee}',
		'Sourdough, buns and breakfast rolls from an oven that nobody ever turns off.',
		'+442055501014', '30 Lamb''s Conduit Street, London WC1N 3LE', 51.52230, -0.11880, 4.8, 800, 180)
on conflict do nothing;

-- Open round the clock, so that an order can be tried at any hour.
insert into opening_hours (restaurant_id, day, opens, closes)
select pg_temp.demo_id(2, n), day, time '00:00', time '00:00'
  from generate_series(1, 14) as n, generate_series(0, 6) as day
on conflict do nothing;

create temporary table demo_menu (line serial, restaurant int, section text, name text, description text, price bigint);
insert into demo_menu (restaurant, section, name, description, price) values
	(1, 'Dim sum', 'Har gau', 'Four steamed prawn dumplings in a skin you can nearly read through.', 650),
	(1, 'Dim sum', 'Siu mai', 'Pork and prawn, open at the top, with a dot of carrot.', 625),
	(1, 'Dim sum', 'Char siu bao', 'Two soft buns filled with sweet roast pork.', 575),
	(1, 'Dim sum', 'Spring rolls', 'Three vegetable rolls, fried to order, with plum sauce.', 495),
	(1, 'From the wok', 'Kung pao chicken', 'Peanuts, dried chillies and Sichuan pepper.', 1395),
	(1, 'From the wok', 'Ma po tofu', 'Silken tofu in a chilli and bean sauce; with minced pork unless you say otherwise.', 1250),
	(1, 'From the wok', 'Beef in black bean sauce', 'Sliced rump, green pepper, fermented beans.', 1525),
	(1, 'From the wok', 'Sweet and sour pork', 'Crisp, glossy, with real pineapple.', 1350),
	(1, 'Noodles and rice', 'Dan dan noodles', 'Hand-pulled, with sesame, chilli oil and preserved greens.', 1195),
	(1, 'Noodles and rice', 'Yangzhou fried rice', 'Prawn, ham, egg and peas.', 1095),
	(1, 'Noodles and rice', 'Beef ho fun', 'Wide rice noodles, charred at the edges.', 1325),
	(1, 'Drinks and sweets', 'Jasmine tea', 'A flask for two.', 350),
	(1, 'Drinks and sweets', 'Mango pudding', 'Cold, with evaporated milk.', 450),
	(1, 'Drinks and sweets', 'Tsingtao', '33 cl.', 395),
	(2, 'Antipasti', 'Bruschetta al pomodoro', 'Grilled bread, San Marzano tomatoes, basil.', 595),
	(2, 'Antipasti', 'Burrata', 'With peach and black pepper.', 1150),
	(2, 'Antipasti', 'Arancini', 'Three rice balls with ragù and smoked provola.', 795),
	(2, 'Pizza', 'Margherita', 'Tomato, fior di latte, basil. Nothing else, and nothing missing.', 1050),
	(2, 'Pizza', 'Diavola', 'Spicy salami and honey.', 1325),
	(2, 'Pizza', 'Quattro formaggi', 'Mozzarella, gorgonzola, taleggio, parmesan.', 1395),
	(2, 'Pizza', 'Ortolana', 'Grilled courgette, aubergine and pepper.', 1250),
	(2, 'Pasta', 'Lasagne alla bolognese', 'Nine layers, as Rosa counts them.', 1495),
	(2, 'Pasta', 'Cacio e pepe', 'Tonnarelli, pecorino, a lot of pepper.', 1295),
	(2, 'Pasta', 'Ravioli di zucca', 'Pumpkin, sage, brown butter.', 1450),
	(2, 'Pasta', 'Spaghetti alle vongole', 'Clams, white wine, parsley.', 1695),
	(2, 'Dolci', 'Tiramisù', 'Made this morning.', 695),
	(2, 'Dolci', 'Panna cotta', 'With sour cherries.', 595),
	(3, 'Snacks', 'Lumpia', 'Two crisp rolls with sweet chilli sauce.', 475),
	(3, 'Snacks', 'Pangsit goreng', 'Fried wontons with chicken.', 525),
	(3, 'Snacks', 'Saté ayam', 'Four skewers, peanut sauce, crisp onions.', 850),
	(3, 'Plates', 'Nasi rames', 'Rice with five small dishes of the day.', 1550),
	(3, 'Plates', 'Rendang', 'Beef in coconut and spices, cooked until it gives up.', 1495),
	(3, 'Plates', 'Gado-gado', 'Vegetables, egg and tempeh under peanut sauce.', 1195),
	(3, 'Plates', 'Ikan bakar', 'Grilled mackerel with sambal matah.', 1625),
	(3, 'Rijsttafel', 'Rijsttafel Sari', 'Twelve dishes for one, with two kinds of rice.', 2750),
	(3, 'Rijsttafel', 'Rijsttafel vegetarian', 'Twelve dishes, none of which ever walked.', 2550),
	(3, 'Extras', 'Sambal, strength four', 'You have been told.', 150),
	(3, 'Extras', 'Krupuk', 'Prawn crackers.', 225),
	(3, 'Extras', 'Es cendol', 'Coconut milk, palm sugar, green jelly.', 425),
	(4, 'Burgers', 'The Dok', 'Double smashed beef, cheese, pickles, dock sauce.', 1195),
	(4, 'Burgers', 'Blue Crane', 'Blue cheese, caramelised onion, rocket.', 1295),
	(4, 'Burgers', 'Chick Norris', 'Buttermilk chicken, slaw, hot honey.', 1225),
	(4, 'Burgers', 'Green Wharf', 'A patty of mushroom and barley, vegan mayonnaise.', 1150),
	(4, 'Sides', 'Fries', 'Cut this morning.', 395),
	(4, 'Sides', 'Loaded fries', 'With cheddar, jalapeños and crisp bacon.', 695),
	(4, 'Sides', 'Onion rings', 'In beer batter.', 475),
	(4, 'Shakes and sodas', 'Vanilla shake', 'Thick enough to hold the straw.', 525),
	(4, 'Shakes and sodas', 'Stroopwafel shake', 'It had to happen.', 595),
	(4, 'Shakes and sodas', 'Cola', '33 cl.', 275),
	(5, 'Nigiri', 'Salmon nigiri', 'Two pieces.', 550),
	(5, 'Nigiri', 'Tuna nigiri', 'Two pieces of akami.', 675),
	(5, 'Nigiri', 'Eel nigiri', 'Two pieces, glazed.', 725),
	(5, 'Maki', 'California roll', 'Eight pieces, with real crab.', 1095),
	(5, 'Maki', 'Spicy tuna roll', 'Eight pieces, with togarashi.', 1195),
	(5, 'Maki', 'Avocado maki', 'Six pieces.', 550),
	(5, 'Sets', 'Minato set', 'Nine nigiri, six maki, miso soup.', 2495),
	(5, 'Sets', 'Salmon set', 'Twelve pieces of salmon three ways.', 2195),
	(5, 'Sets', 'Garden set', 'Twelve pieces, no fish.', 1795),
	(5, 'Warm', 'Miso soup', 'Tofu, wakame, spring onion.', 395),
	(5, 'Warm', 'Gyoza', 'Five, pork and cabbage.', 695),
	(5, 'Warm', 'Chicken karaage', 'With lemon and Japanese mayonnaise.', 895),
	(6, 'Bowls', 'Rainbow bowl', 'Quinoa, beetroot, carrot, edamame, tahini.', 1295),
	(6, 'Bowls', 'Seoul bowl', 'Rice, kimchi, crisp tofu, gochujang.', 1350),
	(6, 'Bowls', 'Falafel bowl', 'Bulgur, falafel, pickles, lemon hummus.', 1275),
	(6, 'Soups', 'Roasted tomato soup', 'With basil oil and sourdough.', 750),
	(6, 'Soups', 'Thai pumpkin soup', 'Coconut, lime leaf, chilli.', 795),
	(6, 'Soups', 'Pea and mint soup', 'Green in every sense.', 725),
	(6, 'Sweet', 'Carrot cake', 'Walnuts, cashew icing.', 475),
	(6, 'Sweet', 'Banana bread', 'Toasted, with almond butter.', 425),
	(6, 'Sweet', 'Chocolate brownie', 'Nobody ever noticed.', 450),
	(6, 'Juices', 'Green juice', 'Apple, spinach, ginger.', 495),
	(6, 'Juices', 'Beet juice', 'Beetroot, orange, carrot.', 495),
	(7, 'Kapsalon', 'Kapsalon döner', 'Fries, döner, gouda, salad, garlic sauce and regret.', 1150),
	(7, 'Kapsalon', 'Kapsalon falafel', 'The same without the sheep.', 1095),
	(7, 'Kapsalon', 'Half kapsalon', 'For the sensible.', 795),
	(7, 'From the wall', 'Kroket', 'Beef, with mustard.', 295),
	(7, 'From the wall', 'Frikandel speciaal', 'Curry, mayonnaise, onion.', 350),
	(7, 'From the wall', 'Kaassoufflé', 'Hot, hotter than you think.', 295),
	(7, 'Fries', 'Patat met', 'With mayonnaise, of course.', 395),
	(7, 'Fries', 'Patat oorlog', 'With everything. It means war.', 475),
	(8, 'Starters', 'Onion bhaji', 'Three, with mint yoghurt.', 450),
	(8, 'Starters', 'Lamb samosa', 'Two, hand-folded.', 475),
	(8, 'Starters', 'Paneer tikka', 'From the clay oven, with green chutney.', 695),
	(8, 'Baltis', 'Chicken balti', 'Tomato, ginger, fresh coriander.', 1095),
	(8, 'Baltis', 'Lamb balti', 'On the bone, slowly.', 1250),
	(8, 'Baltis', 'King prawn balti', 'With curry leaf and black pepper.', 1450),
	(8, 'Baltis', 'Chickpea balti', 'With spinach and lime.', 950),
	(8, 'From the pot', 'Dal makhani', 'Black lentils, butter, one whole night.', 795),
	(8, 'From the pot', 'Chicken tikka masala', 'You were going to ask.', 1150),
	(8, 'From the pot', 'Saag paneer', 'Spinach and fresh cheese.', 925),
	(8, 'Breads and rice', 'Garlic naan', 'From the clay oven.', 350),
	(8, 'Breads and rice', 'Pilau rice', 'Cardamom and saffron.', 375),
	(8, 'Breads and rice', 'Peshwari naan', 'Coconut, almond, raisins.', 395),
	(9, 'Pies', 'Steak and ale pie', 'Shin of beef, a pint of porter.', 1195),
	(9, 'Pies', 'Chicken and leek pie', 'With tarragon and cream.', 1150),
	(9, 'Pies', 'Cheese and onion pie', 'Three cheddars.', 1050),
	(9, 'Pies', 'Mushroom and chestnut pie', 'Vegan, and the cook is proud of it.', 1095),
	(9, 'With it', 'Buttered mash', 'More butter than potato, or nearly.', 395),
	(9, 'With it', 'Mushy peas', 'Marrowfat, with mint.', 325),
	(9, 'With it', 'Liquor', 'Parsley sauce. Not that kind.', 225),
	(9, 'With it', 'Gravy', 'A proper jug.', 250),
	(9, 'Puddings', 'Sticky toffee pudding', 'With clotted cream.', 595),
	(9, 'Puddings', 'Apple crumble', 'With custard.', 550),
	(10, 'Pho', 'Pho bo', 'Rare beef and brisket in an eighteen-hour broth.', 1195),
	(10, 'Pho', 'Pho ga', 'Corn-fed chicken, ginger.', 1125),
	(10, 'Pho', 'Pho chay', 'Mushroom and star anise, vegan.', 1075),
	(10, 'Banh mi', 'Banh mi thit', 'Pork three ways, pâté, pickles.', 795),
	(10, 'Banh mi', 'Banh mi tofu', 'Lemongrass tofu, coriander.', 750),
	(10, 'Banh mi', 'Banh mi ga', 'Grilled chicken, chilli mayonnaise.', 795),
	(10, 'Small plates', 'Summer rolls', 'Two, with prawn and peanut dip.', 650),
	(10, 'Small plates', 'Crispy spring rolls', 'Four, with lettuce to wrap them.', 675),
	(10, 'Small plates', 'Green papaya salad', 'Lime, chilli, peanuts.', 750),
	(10, 'Drinks', 'Vietnamese iced coffee', 'Strong, sweet, over ice.', 395),
	(10, 'Drinks', 'Lime soda', 'Salted if you like.', 325),
	(11, 'Tacos', 'Al pastor', 'Two tacos: pork, pineapple, onion.', 750),
	(11, 'Tacos', 'Baja fish', 'Two tacos: battered cod, slaw, chipotle.', 825),
	(11, 'Tacos', 'Barbacoa', 'Two tacos: lamb, overnight in leaves.', 850),
	(11, 'Tacos', 'Hongos', 'Two tacos: mushrooms, epazote, cheese.', 725),
	(11, 'Bigger', 'Burrito de pollo', 'Chicken, rice, beans, everything.', 1095),
	(11, 'Bigger', 'Enchiladas verdes', 'Four, with cream and green salsa.', 1195),
	(11, 'Bigger', 'Quesadilla', 'Oaxaca cheese, courgette flower.', 850),
	(11, 'To share', 'Guacamole and totopos', 'Made when you order.', 695),
	(11, 'To share', 'Elote', 'Corn, lime, cotija.', 450),
	(11, 'Agua fresca', 'Jamaica', 'Hibiscus.', 325),
	(11, 'Agua fresca', 'Horchata', 'Rice, cinnamon.', 350),
	(12, 'Cold mezze', 'Hummus Beiruti', 'With garlic, parsley and chilli.', 595),
	(12, 'Cold mezze', 'Moutabal', 'Smoked aubergine, tahini.', 625),
	(12, 'Cold mezze', 'Tabbouleh', 'More parsley than you think possible.', 575),
	(12, 'Cold mezze', 'Labneh', 'Strained yoghurt, olive oil, za’atar.', 525),
	(12, 'Hot mezze', 'Falafel', 'Five, with tarator.', 595),
	(12, 'Hot mezze', 'Halloumi', 'Grilled, with honey and black seed.', 695),
	(12, 'Hot mezze', 'Batata harra', 'Potatoes, coriander, chilli.', 550),
	(12, 'From the charcoal', 'Shish taouk', 'Chicken, garlic sauce, pickles.', 1395),
	(12, 'From the charcoal', 'Lamb kofta', 'Two skewers, grilled tomato.', 1450),
	(12, 'From the charcoal', 'Mixed grill', 'For the undecided.', 1795),
	(12, 'Sweet', 'Baklava', 'Four pieces, pistachio.', 550),
	(12, 'Sweet', 'Mint tea', 'A pot.', 350),
	(13, 'Slices', 'Cheese slice', 'Wide as the box.', 450),
	(13, 'Slices', 'Pepperoni slice', 'Cups and char.', 525),
	(13, 'Slices', 'White slice', 'Ricotta, garlic, no tomato.', 525),
	(13, 'Whole pies', 'Cheese pie', 'Eighteen inches.', 1895),
	(13, 'Whole pies', 'Pepperoni pie', 'Eighteen inches.', 2195),
	(13, 'Whole pies', 'The Greek Street', 'Sausage, peppers, onion.', 2295),
	(13, 'Alongside', 'Garlic knots', 'Six, with marinara.', 495),
	(13, 'Alongside', 'Caesar salad', 'Anchovy in the dressing.', 750),
	(13, 'Alongside', 'Root beer', '355 ml.', 295),
	(14, 'Breakfast', 'Bacon roll', 'Smoked back bacon, brown sauce.', 595),
	(14, 'Breakfast', 'Egg and cheese roll', 'With chilli jam.', 575),
	(14, 'Breakfast', 'Porridge', 'Oats, cream, honey.', 450),
	(14, 'Bakes', 'Cinnamon bun', 'Sticky side up.', 375),
	(14, 'Bakes', 'Almond croissant', 'Twice baked.', 425),
	(14, 'Bakes', 'Cheese scone', 'With butter.', 350),
	(14, 'Loaves', 'Country sourdough', 'Nine hundred grams.', 550),
	(14, 'Loaves', 'Seeded rye', 'Keeps a week.', 595),
	(14, 'Coffee', 'Flat white', 'Oat milk on request.', 360),
	(14, 'Coffee', 'Filter coffee', 'The beans change on Mondays.', 320);

insert into menu_section (section_id, restaurant_id, name, position)
select pg_temp.demo_id(3, min(line)), pg_temp.demo_id(2, restaurant), section, min(line)
  from demo_menu
 group by restaurant, section
on conflict do nothing;

insert into menu_item (menu_item_id, restaurant_id, section_id, name, description, price, position)
select pg_temp.demo_id(4, line), pg_temp.demo_id(2, restaurant),
       pg_temp.demo_id(3, min(line) over (partition by restaurant, section)), name, description, price, line
  from demo_menu
on conflict do nothing;
drop table demo_menu;

-- The password of all of them is foodfast-demo.
insert into users (user_id, role, email, name, phone, password_hash) values
	(pg_temp.demo_id(5, 1), 'customer', 'customer@foodfast.example', 'Clara Jansen', '+31612345601',
		'$argon2id$v=19$m=19456,t=2,p=1$/mjPqyUSrtW7GGFrNzwrhQ$otLwPYrU0CeIfhF2JwlpK6TIv9gGUzjoehxa51aK/78'),
	(pg_temp.demo_id(5, 2), 'customer', 'customer2@foodfast.example', 'Oliver Bennett', '+447700900102',
		'$argon2id$v=19$m=19456,t=2,p=1$Qj9pt9jticTPEo8uocaFAQ$B0CSO8NUvmiU1+tli9YTr1blPcQ/aehFEERMYz1d2Aw'),
	(pg_temp.demo_id(5, 3), 'restaurant', 'restaurant@foodfast.example', 'Wei Chen', '+31612345603',
		'$argon2id$v=19$m=19456,t=2,p=1$lQluy91H0oFMjp0Qb+0OJg$iJcrb80/NaZWmSQz9mWHZTOp4ZBwpOdzjuKRksSTg/w'),
	(pg_temp.demo_id(5, 4), 'restaurant', 'restaurant2@foodfast.example', 'Amina Rahman', '+447700900104',
		'$argon2id$v=19$m=19456,t=2,p=1$8ZhCWf4d6DhdBcq/Lmj67w$iKc4GUde5mIqH/G7cFsxV2dA9ufLtiZ/ZmFK74tr2Xk'),
	(pg_temp.demo_id(5, 5), 'driver', 'driver@foodfast.example', 'Daan de Vries', '+31612345605',
		'$argon2id$v=19$m=19456,t=2,p=1$3SftTNWWNcdbK40Fq4tjjA$j8372g6VPeU3Xgdf/SvAb7Nn12H+PF9OK4WaMlgbcoU'),
	(pg_temp.demo_id(5, 6), 'driver', 'driver2@foodfast.example', 'Dora Okafor', '+447700900106',
		'$argon2id$v=19$m=19456,t=2,p=1$MXk0CKm5VSfSSuK5To/wNQ$1hU1hoxAvWbXHqVDF3EjZxSOZLquEo4gKxQkJv12VQs'),
	(pg_temp.demo_id(5, 7), 'agent', 'agent@foodfast.example', 'Ans Visser', '+31612345607',
		'$argon2id$v=19$m=19456,t=2,p=1$7fb3UcPPrFN70nwC86nlvw$wcC60u5uiPbCxCPLnsJWQrhv/fqCBIe6H52s+Smis/A'),
	(pg_temp.demo_id(5, 8), 'agent', 'agent2@foodfast.example', 'Arthur Doyle', '+447700900108',
		'$argon2id$v=19$m=19456,t=2,p=1$CykF+I/BSUlVXTRnsrqohw$1IN7iX/WcUkVhIdXgFOAqrPaiGlAoKPJlpmq7S+6f1A'),
	(pg_temp.demo_id(5, 9), 'admin', 'admin@foodfast.example', 'Ada Admin', '+31612345609',
		'$argon2id$v=19$m=19456,t=2,p=1$PEkfTPxXXjUlESoFYztiyA$RJ/wot89E8eEHO6CuE05I2SSS+8UNZ3jreCp4pUOHMU')
on conflict do nothing;
update users set email_confirmed_at = created_at where email like '%@foodfast.example';

insert into address (address_id, user_id, label, line1, line2, city, postal_code, lat, lng, is_default) values
	(pg_temp.demo_id(6, 1), pg_temp.demo_id(5, 1), 'Home', 'Prinsengracht 263', 'second floor', 'Amsterdam', '1016 GV', 52.37520, 4.88390, true),
	(pg_temp.demo_id(6, 2), pg_temp.demo_id(5, 1), 'Work', 'Damrak 70', null, 'Amsterdam', '1012 LM', 52.37570, 4.89650, false),
	(pg_temp.demo_id(6, 3), pg_temp.demo_id(5, 2), 'Home', '17 Cheshire Street', 'Flat 4', 'London', 'E2 6ED', 51.52350, -0.06930, true)
on conflict do nothing;

insert into membership (user_id, restaurant_id, role) values
	(pg_temp.demo_id(5, 3), pg_temp.demo_id(2, 1), 'owner'),
	(pg_temp.demo_id(5, 3), pg_temp.demo_id(2, 3), 'manager'),
	(pg_temp.demo_id(5, 4), pg_temp.demo_id(2, 8), 'owner'),
	(pg_temp.demo_id(5, 4), pg_temp.demo_id(2, 10), 'staff')
on conflict do nothing;

-- A history for customer@, made by the functions that everyone's orders go through, so that its events are right. The
-- sessions are needed for that alone.
do $$
declare
	customer uuid := pg_temp.demo_id(5, 1);
	eater uuid := session_open(customer, 'demo', null, sha256('demo eater'));
	cook uuid := session_open(pg_temp.demo_id(5, 3), 'demo', null, sha256('demo cook'));
	basket text;
	last_step text;
	made uuid;
	step text;
begin
	for basket, last_step in values
		('[{"menu_item_id": "01900000-0000-7000-8004-000000000001", "quantity": 2},
		   {"menu_item_id": "01900000-0000-7000-8004-000000000009", "quantity": 1, "note": "not too hot, please"}]', 'delivered'),
		('[{"menu_item_id": "01900000-0000-7000-8004-000000000005", "quantity": 1},
		   {"menu_item_id": "01900000-0000-7000-8004-000000000010", "quantity": 1}]', 'delivered'),
		('[{"menu_item_id": "01900000-0000-7000-8004-000000000002", "quantity": 3}]', 'cancelled')
	loop
		exit when (select count(*) >= 3 from orders where user_id = customer);
		made := (order_place(eater, pg_temp.demo_id(2, 1), basket::jsonb, pg_temp.demo_id(6, 1), null, '{"method": "cash"}', 0, true)).body::jsonb ->> 'id';
		if last_step = 'cancelled' then
			perform order_transition(eater, made, 'cancelled', 'I pressed the wrong button.');
		else
			perform order_acknowledge(cook, made);
			foreach step in array array['confirmed', 'preparing', 'ready', 'picked_up', 'delivered'] loop
				perform order_transition(cook, made, step, null);
			end loop;
		end if;
	end loop;
	delete from session where session_id in (eater, cook);
end
$$;
